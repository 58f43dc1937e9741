// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <span>

#include "harness/prove/constants/digest.h"
#include "src/base/error.h"

namespace foldproof::verify {
namespace {

prove::Digest DigestOf(std::string_view bytes) {
  return prove::DigestOf({std::as_bytes(std::span(bytes))});
}

std::string InHex(std::span<const unsigned char> digest) {
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
  return InHex(std::span(digest).first(length));
}

std::string Sha256InBase64(std::string_view bytes) {
  const prove::Digest digest = DigestOf(bytes);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> out{};
  const int length = EVP_EncodeBlock(out.data(), digest.data(), static_cast<int>(digest.size()));
  return {out.begin(), out.begin() + length};
}

}  // namespace foldproof::verify
