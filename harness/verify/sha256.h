// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace foldproof::verify {

// sha256 of these bytes, in hex.
std::string Sha256(std::string_view bytes);

// HMAC-SHA256 (RFC 2104) of these bytes under `secret`, in hex: nobody else can make it.
std::string HmacSha256(std::string_view secret, std::string_view bytes);

// The same as Sha256 in base64, as a page's policy names what it lets run.
std::string Sha256InBase64(std::string_view bytes);

}  // namespace foldproof::verify
