// SPDX-License-Identifier: BSD-3-Clause
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "reports/json_report.h"
#include "src/base/error.h"

namespace foldproof::reports {

namespace {

class Sha256 {
 public:
  Sha256() {
    FP_CHECK(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void Add(std::string_view bytes) {
    FP_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }

  std::string Hex() {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : Bytes()) out += {kHex[byte >> 4], kHex[byte & 15]};
    return out;
  }

  std::string Base64() {
    const std::vector<unsigned char> bytes = Bytes();
    std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> out{};
    const int length = EVP_EncodeBlock(out.data(), bytes.data(), static_cast<int>(bytes.size()));
    return {out.begin(), out.begin() + length};
  }

 private:
  std::vector<unsigned char> Bytes() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    FP_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1);
    return {digest.begin(), digest.begin() + length};
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
};

}  // namespace

std::string Sha256OfFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(Error::Code::kInput, path, "cannot be opened; check the path");
  Sha256 sha;
  std::vector<char> block(1 << 20);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    sha.Add({block.data(), static_cast<std::size_t>(in.gcount())});
  }
  return sha.Hex();
}

std::string Sha256OfText(std::string_view text) {
  Sha256 sha;
  sha.Add(text);
  return sha.Hex();
}

std::string Sha256InBase64(std::string_view text) {
  Sha256 sha;
  sha.Add(text);
  return sha.Base64();
}

}  // namespace foldproof::reports
