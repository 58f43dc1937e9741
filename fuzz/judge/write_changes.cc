// SPDX-License-Identifier: BSD-3-Clause
//
// Writers: operators that change a tensor which somebody reads later.
#include <algorithm>

#include "fuzz/judge/change_spots.h"
#include "fuzz/judge/view_of_value.h"

namespace foldproof::fuzz {
namespace {

using Arguments = std::vector<ir::Argument>;

struct Writer {
  const char* target;
  Arguments more;  // behind self
};

const std::vector<Writer>& FloatWriters() {
  static const std::vector<Writer> all = {
      {"aten.neg_.default", {}},
      {"aten.relu_.default", {}},
      {"aten.zero_.default", {}},
      {"aten.add_.Tensor", {{"other", 1.0}}},
      {"aten.mul_.Tensor", {{"other", -1.5}}},
      {"aten.sub_.Tensor", {{"other", 0.5}}},
      {"aten.div_.Tensor", {{"other", 3.0}}},
      {"aten.abs_.default", {}},
      {"aten.sigmoid_.default", {}},
      {"aten.clamp_.default", {{"min", -0.5}, {"max", 0.5}}},
      {"aten.hardtanh_.default", {{"min_val", -0.25}, {"max_val", 1.0}}},
      {"aten.fill_.Scalar", {{"value", 1.0}}},
      {"aten.floor_.default", {}},
      {"aten.leaky_relu_.default", {{"negative_slope", 0.5}}},
      {"aten.square_.default", {}},
      {"aten.tanh_.default", {}},
  };
  return all;
}

const std::vector<Writer>& IntegerWriters() {
  static const std::vector<Writer> all = {
      {"aten.zero_.default", {}},
      {"aten.neg_.default", {}},
      {"aten.fill_.Scalar", {{"value", std::int64_t{1}}}},
      {"aten.add_.Tensor", {{"other", std::int64_t{1}}}},
      {"aten.bitwise_not_.default", {}},
      {"aten.clamp_.default", {{"min", std::int64_t{0}}, {"max", std::int64_t{5}}}},
  };
  return all;
}

const std::vector<Writer>& ListWriters() {
  static const std::vector<Writer> all = {
      {"aten._foreach_neg_.default", {}},
      {"aten._foreach_zero_.default", {}},
      {"aten._foreach_abs_.default", {}},
      {"aten._foreach_add_.Scalar", {{"scalar", 1.0}}},
      {"aten._foreach_mul_.Scalar", {{"scalar", -2.0}}},
      {"aten._foreach_sigmoid_.default", {}},
  };
  return all;
}

bool IsFloating(const Sketch& sketch, ir::ValueId id) { return IsFloat32(*sketch.value(id).type); }

// An in-place operator on `target`, in front of node `at`.
void WriteInto(Sketch& sketch, Chooser& chooser, std::size_t at, ir::ValueId target) {
  const Writer& writer = chooser.Of(IsFloating(sketch, target) ? FloatWriters() : IntegerWriters());
  Arguments arguments = writer.more;
  arguments.insert(arguments.begin(), {"self", target});
  sketch.InsertOne(at, writer.target, std::move(arguments), *sketch.value(target).type);
}

void WriteIntoList(Sketch& sketch, Chooser& chooser, std::size_t at, ir::ValueId target) {
  const Writer& writer = chooser.Of(ListWriters());
  Arguments arguments = writer.more;
  arguments.insert(arguments.begin(), {"self", std::vector<ir::ValueId>{target}});
  sketch.Insert(at, writer.target, std::move(arguments), {});
}

void WriteByOut(Sketch& sketch, Chooser& chooser, std::size_t at, ir::ValueId target) {
  const char* const targets[] = {"aten.neg.out", "aten.abs.out", "aten.sigmoid.out"};
  const std::size_t which = chooser.Below(IsFloating(sketch, target) ? 3 : 2);
  sketch.InsertOne(at, targets[which], {{"self", target}, {"out", target}},
                   *sketch.value(target).type);
}

// __iand__ and its like, which end in two underscores, and others whose name does not say it.
bool WriteByOddName(Sketch& sketch, Chooser& chooser, std::size_t at, ir::ValueId target) {
  const ir::TensorType type = *sketch.value(target).type;
  if (!IsFloat32(type)) {
    const char* const targets[] = {"aten.__iand__.Scalar", "aten.__ior__.Scalar",
                                   "aten.__ixor__.Scalar", "aten.__ilshift__.Scalar"};
    sketch.InsertOne(at, targets[chooser.Below(4)], {{"self", target}, {"other", std::int64_t{3}}},
                     type);
    return true;
  }
  if (chooser.Flip()) {  // its noise is written
    const ir::ValueId ones =
        sketch.InsertOne(at, "aten.ones_like.default", {{"self", target}}, type);
    sketch.InsertOne(
        at + 1, "aten.rrelu_with_noise.default",
        {{"self", ones}, {"noise", target}, {"lower", 0.25}, {"upper", 0.25}, {"training", true}},
        type);
    return true;
  }
  const ir::ValueId other = sketch.InsertOne(at, "aten.neg.default", {{"self", target}}, type);
  sketch.InsertOne(at + 1, "aten.set_.source_Tensor", {{"self", target}, {"source", other}}, type);
  return true;
}

using PutOnView = std::optional<ir::ValueId> (*)(Sketch&, Chooser&, std::size_t, ir::ValueId);

// A write into a view of a value that somebody reads afterwards.
bool WriteThrough(Sketch& sketch, Chooser& chooser, PutOnView put_view) {
  const auto spot = PickSpot(sketch, chooser, IsAnyNumber);
  if (!spot) return false;
  const std::size_t nodes = sketch.nodes.size();
  const auto view = put_view(sketch, chooser, spot->at, spot->value);
  if (!view) return false;
  const std::size_t at = spot->at + (sketch.nodes.size() - nodes);
  switch (chooser.Below(8)) {
    case 6:
      if (IsFloating(sketch, *view)) {
        WriteIntoList(sketch, chooser, at, *view);
        return true;
      }
      break;
    case 7: WriteByOut(sketch, chooser, at, *view); return true;
    default: break;
  }
  WriteInto(sketch, chooser, at, *view);
  return true;
}

bool WriteThroughView(Sketch& sketch, Chooser& chooser) {
  return WriteThrough(sketch, chooser, PutPlainView);
}
bool WriteThroughOddView(Sketch& sketch, Chooser& chooser) {
  return WriteThrough(sketch, chooser, PutOddView);
}

bool WriteInPlace(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsAnyNumber);
  if (!spot) return false;
  WriteInto(sketch, chooser, spot->at, spot->value);
  return true;
}

bool WriteForeach(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  WriteIntoList(sketch, chooser, spot->at, spot->value);
  return true;
}

bool WriteOut(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  WriteByOut(sketch, chooser, spot->at, spot->value);
  return true;
}

bool WriteOdd(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsAnyNumber);
  return spot && WriteByOddName(sketch, chooser, spot->at, spot->value);
}

// A weight, bias, scale or zero point is written before somebody reads it.
bool WriteConstant(Sketch& sketch, Chooser& chooser) {
  const auto constants = Constants(sketch, [](const ir::TensorType& type) {
    return IsFloat32(type) || ir::IsInteger(type.dtype);
  });
  const auto value = PickValue(sketch, chooser, constants);
  const auto spot = value ? SpotAt(sketch, chooser, *value) : std::nullopt;
  if (!spot) return false;
  std::size_t at = spot->at;
  const std::size_t nodes = sketch.nodes.size();
  ir::ValueId target = *value;
  switch (chooser.Below(3)) {
    case 0: break;
    case 1: target = PutPlainView(sketch, chooser, at, target).value_or(target); break;
    default: target = PutOddView(sketch, chooser, at, target).value_or(target); break;
  }
  at += sketch.nodes.size() - nodes;
  const bool floats = IsFloating(sketch, target);
  if (floats && chooser.Below(4) == 3) {
    WriteIntoList(sketch, chooser, at, target);
  } else {
    WriteInto(sketch, chooser, at, target);
  }
  return true;
}

// A reader sees a value through an alias of it, made as soon as the value is there.
bool ReadThroughAlias(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  const auto producer = sketch.ProducerOf(spot->value);
  const std::size_t at = chooser.Flip() ? spot->at : producer ? *producer + 1 : 0;
  const auto alias = PutAlias(sketch, chooser, at, spot->value);
  if (!alias) return false;
  Rewire(sketch, *spot, *alias, chooser.Flip());
  return true;
}

bool IsWriter(const SketchNode& node) {
  const std::size_t overload = node.target.rfind('.');
  return overload != std::string::npos && overload > 0 && node.target[overload - 1] == '_';
}

// A writer goes; its readers read what it wrote into.
bool DropWriter(Sketch& sketch, Chooser& chooser) {
  const auto writers = NodesWhere(sketch, IsWriter);
  if (writers.empty()) return false;
  const std::size_t n = chooser.Of(writers);
  const SketchNode node = sketch.nodes[n];
  const auto* self =
      node.arguments.empty() ? nullptr : std::get_if<ir::ValueId>(&node.arguments[0].value);
  for (const ir::ValueId made : node.outputs) {
    if (self == nullptr) return false;
    for (const SketchUse& use : sketch.UsesOf(made)) sketch.Redirect(use, made, *self);
  }
  sketch.nodes.erase(sketch.nodes.begin() + static_cast<std::ptrdiff_t>(n));
  return true;
}

// A writer runs earlier or later.
bool MoveWriter(Sketch& sketch, Chooser& chooser) {
  const auto writers = NodesWhere(sketch, IsWriter);
  if (writers.empty()) return false;
  const std::size_t from = chooser.Of(writers), to = chooser.Below(sketch.nodes.size());
  if (from == to) return false;
  SketchNode node = std::move(sketch.nodes[from]);
  sketch.nodes.erase(sketch.nodes.begin() + static_cast<std::ptrdiff_t>(from));
  sketch.nodes.insert(sketch.nodes.begin() + static_cast<std::ptrdiff_t>(to), std::move(node));
  return true;
}

// An operator becomes its in-place form, or the other way round.
bool ToggleInPlace(Sketch& sketch, Chooser& chooser) {
  constexpr std::string_view kNames[] = {"add", "sub",  "mul",     "div",      "relu",
                                         "neg", "silu", "sigmoid", "hardtanh", "hardswish"};
  const auto nodes = NodesWhere(sketch, [&](const SketchNode& node) {
    return std::ranges::any_of(kNames, [&](std::string_view name) {
      const std::string plain = "aten." + std::string(name);
      return node.target.starts_with(plain + ".") || node.target.starts_with(plain + "_.");
    });
  });
  if (nodes.empty()) return false;
  SketchNode& node = sketch.nodes[chooser.Of(nodes)];
  const std::size_t overload = node.target.rfind('.');
  if (node.target[overload - 1] == '_') {
    node.target.erase(overload - 1, 1);
  } else {
    node.target.insert(overload, "_");
  }
  return true;
}

}  // namespace

std::vector<ChangeKind> WriteChanges() {
  return {
      {"write-through-view", "overwritten", "a value is written through a view of it",
       WriteThroughView, 8, true},
      {"write-through-odd-view", "alias", "the same, of an operator less known to be a view",
       WriteThroughOddView, 12, true},
      {"write-in-place", "overwritten", "a value is written in place", WriteInPlace, 4, true},
      {"write-foreach", "writer", "a list operator writes into a value", WriteForeach, 4, true},
      {"write-out", "writer", "an operator's out argument is a value that is read later", WriteOut,
       4, true},
      {"write-odd-name", "writer", "a writer whose name does not say that it writes", WriteOdd, 4,
       true},
      {"write-constant", "overwritten", "a constant is written before it is read", WriteConstant, 8,
       true},
      {"read-through-alias", "alias", "a reader sees a value through an alias", ReadThroughAlias, 6,
       true},
      {"writer-dropped", "overwritten", "a writer is taken out", DropWriter},
      {"writer-moved", "overwritten", "a writer runs earlier or later", MoveWriter},
      {"in-place-toggled", "overwritten", "an operator becomes its in-place form, or back",
       ToggleInPlace},
  };
}

}  // namespace foldproof::fuzz
