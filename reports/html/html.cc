// SPDX-License-Identifier: BSD-3-Clause
#include "reports/html/html.h"

#include <fmt/format.h>

#include "harness/verify/sha256.h"
#include "reports/html/page_parts.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

// d3's licence wants its text with every copy of it.
constexpr std::string_view kChartLicence = R"(
d3 is Copyright 2010-2022 Mike Bostock. Redistribution and use in source and binary forms, with or
without modification, are permitted provided that the following conditions are met:
1. Redistributions of source code must retain the above copyright notice, this list of conditions
   and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions
   and the following disclaimer in the documentation and/or other materials provided with the
   distribution.
3. Neither the name of the author nor the names of contributors may be used to endorse or promote
   products derived from this software without specific prior written permission.
THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR
IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR
CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF
THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
)";

// Nothing is allowed but the two scripts and the style that stand here, each by its digest: a page
// that was given something else to run runs nothing.
std::string Policy() {
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}' 'sha256-{}'; style-src 'sha256-{}'; "
      "base-uri 'none'; form-action 'none'",
      verify::Sha256InBase64(kChartLibrary), verify::Sha256InBase64(kPageScript),
      verify::Sha256InBase64(kPageStyle));
}

// JSON without a mark that HTML reads: they stand in strings alone.
std::string Inert(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    switch (c) {
      case '<': out += "\\u003c"; break;
      case '>': out += "\\u003e"; break;
      case '&': out += "\\u0026"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

void NeedPages() {
  if (!kChartLibrary.empty()) return;
  throw Error(Error::Code::kUsage, "html",
              "this foldproof was built without d3, which draws the charts; install Debian's "
              "node-d3 (script/bootstrap) and build it again");
}

std::string Html(const std::vector<std::string>& reports, const std::string& version) {
  NeedPages();
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
      Policy() +
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"generator\" content=\"foldproof " +
      version + "\">\n<title>foldproof report</title>\n<style>";
  out += kPageStyle;
  out +=
      "</style>\n</head>\n<body>\n<main id=\"page\"><noscript><p>This report is drawn by a script "
      "inside of this file; allow it, or read the JSON report.</p></noscript></main>\n"
      "<script type=\"application/json\" id=\"reports\">[";
  for (std::size_t i = 0; i < reports.size(); ++i) out += (i ? ",\n" : "") + Inert(reports[i]);
  out += "]</script>\n<!--";
  out += kChartLicence;
  out += "-->\n<script>";
  out += kChartLibrary;
  out += "</script>\n<script>";
  out += kPageScript;
  out += "</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace foldproof::reports
