// SPDX-License-Identifier: BSD-3-Clause
//
// CommonMark with GitHub's tables. Names stand as text, never as code spans, whose end a backtick
// in a name would be; every ASCII mark is written as a character reference instead.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/prove/verdict/names.h"
#include "reports/findings.h"
#include "reports/formats.h"
#include "reports/held_text.h"
#include "reports/rules.h"
#include "src/base/shell_word.h"

namespace foldproof::reports {
namespace {

using prove::Verdict;

constexpr std::size_t kMostBytes = 64'000;
constexpr std::size_t kMostRows = 100;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Letters, digits, space and what means nothing inside a line stay, as do an underscore between
// letters and a colon before a space; every other ASCII character becomes &#N;.
std::string MarkdownText(const std::string& text, std::size_t most = 120) {
  static constexpr std::string_view kStay = " .,;-+/=%()";
  std::string out;
  const std::string line = Printable(text, most);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    const bool inside = c == '_' && i > 0 && IsWord(line[i - 1]) && IsWord(next);
    const bool stays = static_cast<unsigned char>(c) >= 0x80 || IsWord(c) || inside ||
                       (c == ':' && next == ' ') || kStay.find(c) != std::string_view::npos;
    out += stays ? std::string(1, c) : fmt::format("&#{};", static_cast<int>(c));
  }
  return out;
}

// A table that takes as many rows as fit, and says how many do not.
class MarkdownTable {
 public:
  MarkdownTable(std::string head, std::string what, std::size_t room)
      : text_(std::move(head)), what_(std::move(what)), room_(room) {}

  void Row(const std::string& row) {
    if (left_ > 0 || rows_ == kMostRows || text_.size() + row.size() > room_) {
      ++left_;
      return;
    }
    text_ += row;
    ++rows_;
  }

  std::string Finish() const {
    if (rows_ + left_ == 0) return "";
    return text_ + (left_ == 0 ? "" : fmt::format("\n{} {} more are left out.\n", left_, what_)) +
           "\n";
  }

 private:
  std::string text_;
  std::string what_;
  std::size_t room_;
  std::size_t rows_ = 0;
  std::size_t left_ = 0;
};

const char* WordOf(const Report& report) {
  if (report.exit_code == 1) return "DIFFERS";
  if (report.exit_code == 2) return "UNPROVED";
  return report.waived.empty() ? "HOLDS" : "WAIVED";
}

std::string ReportHeadline(const Report& report) {
  std::size_t counts[4] = {};
  for (const ReportedSite& site : report.sites) ++counts[static_cast<std::size_t>(site.verdict)];
  const bool within = report.exit_code == 0 && report.verdict == Verdict::kWithin;
  return fmt::format(
      "## foldproof: {} ({})\n\n{}{} of {}\n\n{} site{}: {} equal, {} within, {} unproved, {} "
      "differ. "
      "Gate: {} domain, tolerance {}.\n\n",
      WordOf(report), prove::NameOf(report.verdict),
      within
          ? "Holds " + HeldText(report.gate.domain, BeyondTolerance(report), report.input_range) +
                ".\n\n"
          : "",
      report.name.empty() ? MarkdownText(report.kind) : MarkdownText(report.name),
      MarkdownText(JudgedFile(report), 300), report.sites.size(),
      report.sites.size() == 1 ? "" : "s", counts[0], counts[1], counts[2], counts[3],
      report.gate.domain,
      report.gate.tolerance_lsb ? LsbText(*report.gate.tolerance_lsb) : "derived");
}

// The same words as on a terminal.
std::string NotesAndProvisos(const Report& report) {
  std::string out;
  for (const std::string& note : report.notes) out += "Note: " + MarkdownText(note, 800) + "\n\n";
  if (report.verdict > Verdict::kWithin) return out;
  for (const std::string& proviso : report.provisos)
    out += "Provided that " + MarkdownText(proviso, 800) + "\n\n";
  return out;
}

std::string FindingsTable(const Report& report, std::size_t room) {
  MarkdownTable table("| | Rule | Node | Finding |\n|---|---|---|---|\n", "findings", room);
  std::vector<Finding> findings = FindingsOf(report);
  std::ranges::stable_sort(findings, std::greater<>(), &Finding::level);
  for (const Finding& finding : findings) {
    const char* level = finding.waived                     ? "waived"
                        : finding.level == Level::kError   ? "differs"
                        : finding.level == Level::kWarning ? "unproved"
                                                           : "note";
    table.Row(fmt::format(
        "| {} | {} | {} | {} |\n", level, MarkdownText(finding.rule),
        MarkdownText(finding.where, 300),
        MarkdownText((finding.waived ? WaivedText(*finding.waived) + ". " : "") + finding.message,
                     800)));
  }
  return table.Finish();
}

// What the rules of the findings mean and what to do, each once.
std::string RemediesList(const Report& report, std::size_t room) {
  std::set<std::size_t> told;
  std::string out;
  for (const Finding& finding : FindingsOf(report)) {
    const std::size_t rule = RuleIndex(finding.rule);
    if (rule + 1 == Rules().size() || !told.insert(rule).second) continue;
    const std::string line = fmt::format("- {}: {}\n", MarkdownText(std::string(Rules()[rule].id)),
                                         MarkdownText(std::string(Rules()[rule].full), 800));
    if (out.size() + line.size() <= room) out += line;
  }
  return out.empty() ? "" : "What it means, and what to do:\n\n" + out + "\n";
}

// The worst first, so that what is left out holds.
std::string SitesTable(const Report& report, std::size_t room) {
  struct Row {
    const ReportedSite* site;
    const ReportedTail* tail;
    Verdict verdict;
  };
  std::vector<Row> rows;
  for (const ReportedSite& site : report.sites) {
    if (site.tails.empty()) rows.push_back({&site, nullptr, site.verdict});
    for (const ReportedTail& tail : site.tails) rows.push_back({&site, &tail, tail.verdict});
  }
  std::ranges::stable_sort(rows, std::greater<>(), &Row::verdict);
  MarkdownTable table(
      "| Site | Frontier | Verdict | Worst, gate | Worst, all inputs | Allowed |\n"
      "|---|---|---|--:|--:|--:|\n",
      "rows", room);
  for (const auto& [site, tail, verdict] : rows) {
    const std::string name = MarkdownText(SiteName(*site));
    if (tail == nullptr) {
      table.Row(fmt::format("| {} | {} | {} | | | |\n", name, MarkdownText(site->reason),
                            prove::NameOf(verdict)));
      continue;
    }
    table.Row(fmt::format("| {} | {} | {} | {} | {} | {} |\n", name, MarkdownText(tail->place),
                          prove::NameOf(verdict), LsbText(GateFigures(*tail, report.gate).lsb),
                          LsbText(tail->reachable.lsb), LsbText(tail->tolerance_lsb)));
  }
  return table.Finish();
}

// Every pair of a gate, what does not hold first.
std::string PairsTable(const ReportSet& set, std::size_t room) {
  std::vector<const Report*> pairs;
  for (const Report& report : set.reports) {
    if (!report.name.empty()) pairs.push_back(&report);
  }
  const auto rank = [](const Report* report) {
    return report->exit_code == 1 ? 3 : report->exit_code == 2 ? 2 : !report->waived.empty();
  };
  std::ranges::stable_sort(pairs, std::greater<>(), rank);
  MarkdownTable table("| Pair | | Verdict | Sites |\n|---|---|---|--:|\n", "pairs", room);
  for (const Report* pair : pairs) {
    table.Row(fmt::format("| {} | {} | {} | {} |\n", MarkdownText(pair->name), WordOf(*pair),
                          prove::NameOf(pair->verdict), pair->sites.size()));
  }
  const std::string rows = table.Finish();
  return rows.empty() ? "" : "## foldproof gate\n\n" + rows;
}

std::string WaiversTable(const ReportSet& set, std::size_t room) {
  MarkdownTable table("| | Rule | Where | Waiver |\n|---|---|---|---|\n", "waivers", room);
  for (const ReportSet::WaiverNote& note : set.waivers) {
    const bool fails = note.finding.level == Level::kError;
    table.Row(fmt::format("| {} | {} | {}:{} | {} |\n", fails ? "fails" : "note",
                          MarkdownText(note.finding.rule), MarkdownText(note.file, 300), note.line,
                          MarkdownText(note.finding.message, 600)));
  }
  return table.Finish();
}

// A pair of a gate that simply holds is told by its line in the table of pairs.
bool IsToldWhole(const Report& report) {
  return report.name.empty() || report.exit_code != 0 || !report.waived.empty();
}

std::string CommandLine(const Report& report) {
  if (report.command.empty()) return "";
  return "Repeat it: " + MarkdownText(ShellLine(report.command), 600) + "\n\n";
}

}  // namespace

std::string Markdown(const ReportSet& set) {
  std::string out;
  std::size_t left = 0;
  for (const ReportSet::Unusable& file : set.unusable) {
    const std::string part = fmt::format("## foldproof: unusable report\n\n{}: {}\n\n",
                                         MarkdownText(file.file, 300), MarkdownText(file.why, 600));
    if (out.size() + part.size() > kMostBytes / 2)
      ++left;
    else
      out += part;
  }
  for (const std::string& empty : set.empty_shards) {
    if (out.size() < kMostBytes / 2)
      out += "## foldproof gate\n\n" + MarkdownText(empty, 300) + "\n\n";
  }
  out += PairsTable(set, kMostBytes / 6) + WaiversTable(set, kMostBytes / 6);
  for (const Report& report : set.reports) {
    if (!IsToldWhole(report)) continue;
    const std::string head =
        ReportHeadline(report) + NotesAndProvisos(report) + CommandLine(report);
    // What a part may need at least, so that the last report is told as well as the first.
    if (out.size() + head.size() + 4000 > kMostBytes) {
      ++left;
      continue;
    }
    out += head;
    const std::size_t room = kMostBytes - out.size();
    out += FindingsTable(report, room / 3);
    out += SitesTable(report, room / 3);
    out += RemediesList(report, room / 4);
  }
  if (left > 0) out += fmt::format("{} reports more are left out.\n", left);
  return out;
}

}  // namespace foldproof::reports
