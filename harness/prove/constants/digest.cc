// SPDX-License-Identifier: BSD-3-Clause
//
// OpenSSL deprecates the plain functions in favour of those that choose among its providers. Those
// read its configuration and set the providers up first: nearly a millisecond, a tenth of what the
// verification of a small pair takes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "harness/prove/constants/digest.h"

#include <openssl/sha.h>

#include "src/base/error.h"

namespace foldproof::prove {

static_assert(sizeof(Digest) == SHA256_DIGEST_LENGTH);

Digest DigestOf(std::initializer_list<std::span<const std::byte>> pieces) {
  Digest digest;
  SHA256_CTX context;
  FP_CHECK(SHA256_Init(&context) == 1);
  for (const auto piece : pieces)
    FP_CHECK(SHA256_Update(&context, piece.data(), piece.size()) == 1);
  FP_CHECK(SHA256_Final(digest.data(), &context) == 1);
  return digest;
}

}  // namespace foldproof::prove
