// SPDX-License-Identifier: BSD-3-Clause
#include "reports/report_reader.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "harness/prove/verdict/names.h"
#include "harness/verify/sha256.h"
#include "src/base/error.h"
#include "src/base/within.h"
#include "src/json/json_field.h"

namespace foldproof::reports {
namespace {

using prove::Verdict;

constexpr std::uint64_t kMostChannels = std::uint64_t{1} << 24;
constexpr std::uint64_t kMostTaps = std::uint64_t{1} << 40;

Verdict ReadVerdict(const JsonField& field) {
  return *Parse<Verdict>(field.OneOf(NamesOf<Verdict>()));
}

std::uint32_t ReadChannel(const JsonField& field, std::uint32_t channels) {
  if (channels == 0) field.Fail("is of a site without channels");
  return static_cast<std::uint32_t>(field.Count(channels - 1));
}

ReportedFigures ReadFigures(const JsonField& field, std::uint32_t channels) {
  ReportedFigures out;
  out.lsb = field.At("lsb").Lsb();
  // Null, unlike absent, is infinite or not known.
  if (field.value().contains("lsb_root_step")) out.lsb_root_step = field.At("lsb_root_step").Lsb();
  if (const auto channel = field.Find("channel")) out.channel = ReadChannel(*channel, channels);
  if (const auto accumulator = field.Find("accumulator")) out.accumulator = accumulator->Integer();
  // compare has no share where nothing was observed.
  if (const auto share = field.Find("share_over")) out.share_over = share->Share();
  return out;
}

ReportedCause ReadCause(const JsonField& field, std::uint32_t channels) {
  ReportedCause out{field.At("rule").Text(),
                    field.At("node").Text(),
                    {},
                    field.At("share").Share(),
                    field.At("detail").Text()};
  field.At("channels").Each([&](const JsonField& channel) {
    out.channels.push_back(ReadChannel(channel, channels));
  });
  if (out.channels.empty()) field.At("channels").Fail("must not be empty");
  return out;
}

ReportedWitness ReadWitness(const JsonField& field, std::uint32_t channels) {
  ReportedWitness out;
  out.level = field.At("level").OneOf({"program", "site"});
  out.channel = ReadChannel(field.At("channel"), channels);
  out.accumulator = field.At("accumulator").Integer();
  out.claimed_lsb = field.At("claimed_lsb").Lsb();
  if (const auto file = field.Find("file")) out.file = file->Text();
  if (const auto confirmed = field.Find("confirmed")) out.confirmed = confirmed->Truth();
  return out;
}

ReportedTail ReadTail(const JsonField& field, std::uint32_t channels) {
  ReportedTail out;
  if (const auto output = field.Find("output")) {
    out.output =
        static_cast<std::uint32_t>(output->Count(std::numeric_limits<std::uint32_t>::max()));
  }
  out.place = field.At("place").Text();
  out.verdict = ReadVerdict(field.At("verdict"));
  out.reason = field.At("reason").TextOrNull();
  out.tolerance_lsb = field.At("tolerance_lsb").Lsb();
  out.derived_lsb = field.At("derived_lsb").Lsb();
  out.reachable = ReadFigures(field.At("reachable"), channels);
  out.calibrated = ReadFigures(field.At("calibrated"), channels);
  if (const auto observed = field.Find("observed")) out.observed = ReadFigures(*observed, channels);
  field.At("causes").Each(
      [&](const JsonField& cause) { out.causes.push_back(ReadCause(cause, channels)); });
  if (const auto witness = field.Find("witness")) out.witness = ReadWitness(*witness, channels);
  return out;
}

ReportedSite ReadSite(const JsonField& field) {
  ReportedSite out;
  out.before_conv = field.At("before_conv").Text();
  if (const auto module = field.Find("module")) out.module = module->Text();
  out.after_conv = field.At("after_conv").Text();
  if (const auto op = field.Find("op")) out.op = op->Text();
  out.channels = static_cast<std::uint32_t>(field.At("channels").Count(kMostChannels));
  out.taps = field.At("taps").Count(kMostTaps);
  out.verdict = ReadVerdict(field.At("verdict"));
  out.reason = field.At("reason").TextOrNull();
  field.At("tails").Each(
      [&](const JsonField& tail) { out.tails.push_back(ReadTail(tail, out.channels)); });
  return out;
}

ReportedGate ReadGate(const JsonField& field) {
  ReportedGate out;
  out.domain = field.At("domain").OneOf(NamesOf<prove::Domain>());
  out.semantics = field.At("semantics").Text();
  const JsonField tolerance = field.At("tolerance");
  if (tolerance.IsText())
    tolerance.OneOf({"derived"});
  else
    out.tolerance_lsb = tolerance.Number();
  return out;
}

// The one block that may be missing.
void ReadRun(const JsonField& field, Report& out) {
  out.version = field.At("version").Text();
  if (const auto command = field.Find("command")) {
    command->Each([&](const JsonField& word) { out.command.push_back(word.Text()); });
  }
  if (const auto seconds = field.Find("seconds")) {
    for (const char* part : {"read", "observe", "prove", "confirm", "compare"}) {
      if (const auto some = seconds->Find(part)) out.seconds += some->Number();
    }
  }
}

prove::StructureFinding ReadFinding(const JsonField& field) {
  prove::StructureFinding out{field.At("rule").Text(), field.At("node").Text(),
                              field.At("op").Text(), field.At("detail").Text(),
                              field.At("only_after").Truth()};
  if (const auto ran_by = field.Find("confirmed_by")) {
    ran_by->Each([&](const JsonField& name) { out.ran_by.push_back(name.Text()); });
  }
  if (const auto file = field.Find("file")) out.file = file->Text();
  return out;
}

}  // namespace

void FailIfRefused(const JsonField& root) {
  if (root.At("report").Text() == "refusal")
    throw Error(Error::Code::kInput, "", root.At("why").Text());
}

namespace {

std::string KindOf(const JsonField& root) {
  const std::string& kind = root.At("report").Text();
  FailIfRefused(root);
  if (kind == "gate")
    root.At("report").Fail("is 'gate', which is of many pairs; give one of verify or compare");
  if (kind == "fuzz")
    root.At("report").Fail("is 'fuzz', which judges no sites; --to html alone takes it");
  if (kind != "verify" && kind != "compare") {
    root.At("report").Fail("is '" + Printable(kind, 60) +
                           "', which judges no sites; those of verify, compare and gate do");
  }
  if (root.At("schema_version").Integer() != 1) {
    root.At("schema_version").Fail("must be 1, which is what this foldproof reads");
  }
  return kind;
}

}  // namespace

Report ParseReport(std::string_view text) {
  return WithReportRemedy([&] {
    const nlohmann::json json = ParseJson(text);
    return ReadReportAt(JsonField(json));
  });
}

Report ReadReportAt(const JsonField& root) {
  Report out;
  out.kind = KindOf(root);
  out.verdict = ReadVerdict(root.At("verdict"));
  out.exit_code = static_cast<int>(root.At("exit_code").Count(2));
  out.gate = ReadGate(root.At("gate"));
  const auto assumptions = root.Find("assumptions");
  if (const auto range = assumptions ? assumptions->Find("input_range") : std::nullopt) {
    std::vector<double> ends;
    range->Each([&](const JsonField& end) { ends.push_back(end.Number()); });
    if (ends.size() != 2) range->Fail("must hold two numbers");
    out.input_range = {ends[0], ends[1]};
  }
  if (const auto provisos = assumptions ? assumptions->Find("provisos") : std::nullopt)
    provisos->Each([&](const JsonField& one) { out.provisos.push_back(one.Text()); });
  if (const auto notes = root.Find("notes"))
    notes->Each([&](const JsonField& one) { out.notes.push_back(one.Text()); });
  out.before_file = root.At("before").At("file").Text();
  if (const auto sha256 = root.At("before").Find("sha256")) out.before_sha256 = sha256->Text();
  out.after_file = root.At("after").At("file").TextOrNull();
  root.At("structure").Each([&](const JsonField& finding) {
    out.structure.push_back(ReadFinding(finding));
  });
  root.At("sites").Each([&](const JsonField& site) { out.sites.push_back(ReadSite(site)); });
  root.At("unproved").Each([&](const JsonField& part) {
    out.unproved.push_back({part.At("node").Text(), part.At("reason").Text()});
  });
  if (const auto samples = root.Find("findings")) {
    samples->Each([&](const JsonField& sample) {
      out.samples.push_back({sample.At("rule").Text(), sample.At("site").Text(),
                             sample.At("place").Text(), sample.At("run").Count(kMostTaps),
                             sample.At("observed_lsb").Lsb(), sample.At("proved_lsb").Lsb()});
    });
  }
  if (const auto run = root.Find("run")) ReadRun(*run, out);
  if (out.gate.domain == "observed") {
    for (const ReportedSite& site : out.sites) {
      for (const ReportedTail& tail : site.tails) {
        if (!tail.observed) root.At("sites").Fail("have a tail without 'observed', the gate");
      }
    }
  }
  return out;
}

Report ReadReport(const std::string& file) {
  return Within(file, [&] {
    const std::string text = TextOfReport(file);
    Report out = ParseReport(text);
    out.file = file;
    out.sha256 = verify::Sha256(text);
    return out;
  });
}

std::string TextOfReport(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(file, failed);
  if (!in || failed || std::filesystem::is_directory(file)) {
    throw Error(Error::Code::kInput, "", "cannot be read; check the path");
  }
  if (size > std::uintmax_t{256} << 20) {
    throw Error(Error::Code::kInput, "", "is larger than 256 MiB, which no report is");
  }
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.starts_with("PK\x03\x04")) {
    throw Error(Error::Code::kInput, "",
                "is an archive, as a program (.pt2) is, and no report; verify BEFORE AFTER --json "
                "FILE writes one");
  }
  return text;
}

std::vector<prove::UnprovedPart> PartsOfTheirOwn(const Report& report) {
  std::set<std::pair<std::string, std::string>> told;
  for (const ReportedSite& site : report.sites) {
    if (site.tails.empty()) told.emplace(site.before_conv, site.reason);
    for (const ReportedTail& tail : site.tails) {
      if (tail.verdict == Verdict::kUnproved)
        told.emplace(site.before_conv, tail.place + ": " + tail.reason);
    }
  }
  std::vector<prove::UnprovedPart> out;
  for (const prove::UnprovedPart& part : report.unproved) {
    if (!told.contains({part.node, part.reason})) out.push_back(part);
  }
  return out;
}

const ReportedFigures& GateFigures(const ReportedTail& tail, const ReportedGate& gate) {
  if (gate.domain == "observed") return tail.observed.value();
  return gate.domain == "reachable" ? tail.reachable : tail.calibrated;
}

const std::string& JudgedFile(const Report& report) {
  return report.after_file.empty() ? report.before_file : report.after_file;
}

}  // namespace foldproof::reports
