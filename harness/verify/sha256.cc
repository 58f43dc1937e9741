// SPDX-License-Identifier: BSD-3-Clause
//
// OpenSSL deprecates the plain functions in favour of those that choose among its providers. Those
// read its configuration and set the providers up first: nearly a millisecond, a tenth of what the
// verification of a small pair takes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "harness/verify/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <vector>

#include "src/base/error.h"

namespace foldproof::verify {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes DigestOf(std::string_view bytes) {
  Bytes digest(SHA256_DIGEST_LENGTH);
  SHA256_CTX context;
  FP_CHECK(SHA256_Init(&context) == 1);
  FP_CHECK(SHA256_Update(&context, bytes.data(), bytes.size()) == 1);
  FP_CHECK(SHA256_Final(digest.data(), &context) == 1);
  return digest;
}

std::string InHex(const Bytes& digest) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : digest) out += {kHex[byte >> 4], kHex[byte & 15]};
  return out;
}

}  // namespace

std::string Sha256(std::string_view bytes) { return InHex(DigestOf(bytes)); }

std::string HmacSha256(std::string_view secret, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  FP_CHECK(::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(),
                  &length) != nullptr);
  return InHex({digest.begin(), digest.begin() + length});
}

std::string Sha256InBase64(std::string_view bytes) {
  const Bytes digest = DigestOf(bytes);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> out{};
  const int length = EVP_EncodeBlock(out.data(), digest.data(), static_cast<int>(digest.size()));
  return {out.begin(), out.begin() + length};
}

}  // namespace foldproof::verify
