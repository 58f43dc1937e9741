// SPDX-License-Identifier: BSD-3-Clause
//
// Arithmetic: functions and their parameters, casts, float64 operands, reductions, random numbers.
#include <algorithm>
#include <string>

#include "fuzz/judge/change_spots.h"

namespace foldproof::fuzz {
namespace {

using Arguments = std::vector<ir::Argument>;

struct Function {
  const char* target;
  Arguments more;
};

const std::vector<Function>& Functions() {
  static const std::vector<Function> all = {
      {"aten.relu.default", {}},
      {"aten.gelu.default", {{"approximate", std::string("none")}}},
      {"aten.gelu.default", {{"approximate", std::string("tanh")}}},
      {"aten.silu.default", {}},
      {"aten.sigmoid.default", {}},
      {"aten.tanh.default", {}},
      {"aten.hardswish.default", {}},
      {"aten.hardsigmoid.default", {}},
      {"aten.mish.default", {}},
      {"aten.elu.default", {{"alpha", 1.0}, {"scale", 1.0}, {"input_scale", 1.0}}},
      {"aten.leaky_relu.default", {{"negative_slope", 0.125}}},
      {"aten.softplus.default", {{"beta", 1.0}, {"threshold", 20.0}}},
      {"aten.softplus.default", {{"beta", 2.0}, {"threshold", 20.0}}},
      {"aten.abs.default", {}},
      {"aten.neg.default", {}},
      {"aten.exp.default", {}},
      {"aten.hardtanh.default", {{"min_val", 0.0}, {"max_val", 6.0}}},
      {"aten.clamp.default", {{"min", -0.5}, {"max", 0.5}}},
      {"aten.reciprocal.default", {}},
      // Names that a judge need not know.
      {"aten.erf.default", {}},
      {"aten.sin.default", {}},
      {"aten.floor.default", {}},
      {"aten.celu.default", {{"alpha", 1.0}}},
      {"aten.selu.default", {}},
      {"aten.frac.default", {}},
      {"aten.log_sigmoid.default", {}},
      {"aten.special_entr.default", {}},
      {"aten.square.default", {}},
  };
  return all;
}

bool PutFunction(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  const Function& function = chooser.Of(Functions());
  Arguments arguments = function.more;
  arguments.insert(arguments.begin(), {"self", spot->value});
  const ir::ValueId made =
      sketch.InsertOne(spot->at, function.target, std::move(arguments), spot->type);
  Rewire(sketch, *spot, made, chooser.Flip());
  return true;
}

bool ChangeParameter(Sketch& sketch, Chooser& chooser) {
  struct Named {
    SketchNode* node;
    std::string name;
  };
  std::vector<Named> found;
  for (SketchNode& node : sketch.nodes) {
    if (!node.target.starts_with("aten.")) continue;
    for (const ir::Argument& argument : node.arguments) {
      const bool real = std::holds_alternative<double>(argument.value);
      const bool approximate = argument.name == "approximate";
      if (real || approximate) found.push_back({&node, argument.name});
    }
  }
  if (found.empty()) return false;
  const Named& named = found[chooser.Below(found.size())];
  ir::ArgumentValue& value = *FindArgument(*named.node, named.name);
  if (auto* text = std::get_if<std::string>(&value)) {
    *text = *text == "none" ? "tanh" : "none";
    return true;
  }
  double& number = std::get<double>(value);
  const double old = number;
  number = chooser.Of({old * 2, -old, old + 0.5, old * 1.0001, 0.0, old + 1e-3});
  return number != old;
}

bool PutReduction(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot || spot->type.rank() < 2) return false;
  const Sizes sizes = spot->type.sizes();
  const auto dim = static_cast<std::int64_t>(sizes.size() - 1 - chooser.Below(sizes.size()));
  ir::ValueId made = spot->value;
  switch (chooser.Below(7)) {
    case 0:
      made = sketch.InsertOne(spot->at, "aten.softmax.int", {{"self", made}, {"dim", dim}},
                              spot->type);
      break;
    case 1:
      made = sketch.InsertOne(spot->at, "aten.cumsum.default", {{"self", made}, {"dim", dim}},
                              spot->type);
      break;
    case 2: {
      Sizes one = sizes;
      one[static_cast<std::size_t>(dim)] = 1;
      const ir::ValueId mean = sketch.InsertOne(
          spot->at, "aten.mean.dim", {{"self", made}, {"dim", Sizes{dim}}, {"keepdim", true}},
          TypeOf(ir::ScalarType::kFloat32, one));
      made = sketch.InsertOne(spot->at + 1, "aten.sub.Tensor", {{"self", made}, {"other", mean}},
                              spot->type);
      break;
    }
    case 3:
      made = sketch.InsertOne(spot->at, "aten.layer_norm.default",
                              {{"input", made}, {"normalized_shape", Sizes{sizes.back()}}},
                              spot->type);
      break;
    case 4:
      if (sizes.size() != 4) return false;
      made = sketch.InsertOne(spot->at, "aten.max_pool2d.default",
                              {{"self", made},
                               {"kernel_size", Sizes{3, 3}},
                               {"stride", Sizes{1, 1}},
                               {"padding", Sizes{1, 1}}},
                              spot->type);
      break;
    case 5:
      if (sizes.size() != 4) return false;
      made = sketch.InsertOne(spot->at, "aten.avg_pool2d.default",
                              {{"self", made},
                               {"kernel_size", Sizes{3, 3}},
                               {"stride", Sizes{1, 1}},
                               {"padding", Sizes{1, 1}}},
                              spot->type);
      break;
    default: {
      Sizes twice = sizes;
      twice[static_cast<std::size_t>(dim)] *= 2;
      const auto other =
          OtherValue(sketch, chooser, spot->type, spot->at, spot->value).value_or(spot->value);
      const ir::ValueId both =
          sketch.InsertOne(spot->at, "aten.cat.default",
                           {{"tensors", std::vector<ir::ValueId>{made, other}}, {"dim", dim}},
                           TypeOf(ir::ScalarType::kFloat32, twice));
      const std::int64_t size = sizes[static_cast<std::size_t>(dim)];
      made = sketch.InsertOne(
          spot->at + 1, "aten.slice.Tensor",
          {{"self", both}, {"dim", dim}, {"start", size / 2}, {"end", size / 2 + size}},
          spot->type);
    }
  }
  Rewire(sketch, *spot, made, chooser.Flip());
  return true;
}

// To a narrower type and back.
bool PutCasts(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  const ir::ScalarType types[] = {ir::ScalarType::kFloat16, ir::ScalarType::kBFloat16,
                                  ir::ScalarType::kInt32, ir::ScalarType::kFloat64};
  const ir::ScalarType type = types[chooser.Below(4)];
  const ir::ValueId narrow =
      sketch.InsertOne(spot->at, "aten.to.dtype", {{"self", spot->value}, {"dtype", type}},
                       TypeOf(type, spot->type.sizes()));
  const ir::ValueId back =
      sketch.InsertOne(spot->at + 1, "aten.to.dtype",
                       {{"self", narrow}, {"dtype", ir::ScalarType::kFloat32}}, spot->type);
  Rewire(sketch, *spot, back, chooser.Flip());
  return true;
}

// A constant operand, in place or not, of either float type.
bool PutConstantOperand(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  const bool wide = chooser.Flip();
  const double number = chooser.Of({0.1, 1.0 / 3, 0.7000000001, 3.0, -0.0, 1e-3});
  const Sizes sizes = chooser.Flip() || spot->type.rank() == 0 ? Sizes{} : Sizes{1};
  const ir::ValueId constant = sketch.AddConstant(
      "operand", ir::Constant::Kind::kTensorConstant,
      TypeOf(wide ? ir::ScalarType::kFloat64 : ir::ScalarType::kFloat32, sizes),
      wide ? BytesOfDoubles({number}) : BytesOfFloats({static_cast<float>(number)}));
  const char* const targets[] = {"aten.mul_.Tensor", "aten.add_.Tensor", "aten.div_.Tensor",
                                 "aten.sub_.Tensor", "aten.div_.Tensor_mode"};
  const std::size_t which = chooser.Below(5);
  Arguments arguments{{"self", spot->value}, {"other", constant}};
  if (which == 4) arguments.push_back({"rounding_mode", std::string("floor")});
  sketch.InsertOne(spot->at, targets[which], std::move(arguments), spot->type);
  return true;
}

// A float32 constant becomes one of float64, of the same numbers or nearly so.
bool WidenConstant(Sketch& sketch, Chooser& chooser) {
  const auto constants = Constants(sketch, IsFloat32);
  const auto value = PickValue(sketch, chooser, constants);
  if (!value || sketch.BytesOf(*value) == nullptr) return false;
  const std::vector<std::byte>& bytes = *sketch.BytesOf(*value);
  std::vector<double> wide;
  for (std::size_t i = 0; i + sizeof(float) <= bytes.size(); i += sizeof(float)) {
    float x = 0;
    std::copy_n(bytes.data() + i, sizeof x, reinterpret_cast<std::byte*>(&x));
    wide.push_back(x);
  }
  if (chooser.Flip()) {
    for (double& x : wide) x *= 1 + 1e-9;
  }
  ir::Constant& constant = sketch.shell.constants.at(sketch.SpecOf(*value)->target);
  constant.type.dtype = ir::ScalarType::kFloat64;
  sketch.shell.storages.Change(constant.storage) = BytesOfDoubles(wide);
  sketch.SetType(*value, constant.type);
  return true;
}

// An operator with another number, another value or itself.
bool PutBinary(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  const char* const targets[] = {"aten.add.Tensor", "aten.sub.Tensor",      "aten.mul.Tensor",
                                 "aten.div.Tensor", "aten.maximum.default", "aten.minimum.default"};
  const std::size_t which = chooser.Below(6);
  ir::ArgumentValue other = chooser.Of({0.5, -1.0, 2.0, 0.0, 1.0});
  if (which >= 4 || chooser.Flip()) {
    const auto value = OtherValue(sketch, chooser, spot->type, spot->at, spot->value);
    other = value.value_or(spot->value);
  }
  Arguments arguments{{"self", spot->value}, {"other", other}};
  if (chooser.Flip() && which >= 4) {
    std::swap(arguments[0].value, arguments[1].value);
  }
  const ir::ValueId made =
      sketch.InsertOne(spot->at, targets[which], std::move(arguments), spot->type);
  Rewire(sketch, *spot, made, chooser.Flip());
  return true;
}

ir::ValueId RandomOf(Sketch& sketch, Chooser& chooser, const Spot& spot) {
  const ir::ValueId v = spot.value;
  const char* const likes[] = {"aten.rand_like.default", "aten.randn_like.default",
                               "aten.empty_like.default"};
  switch (chooser.Below(7)) {
    case 0:
      return sketch.InsertOne(spot.at, "aten.dropout.default",
                              {{"input", v}, {"p", 0.5}, {"train", true}}, spot.type);
    case 1:
      return sketch.InsertOne(spot.at, "aten.rrelu.default",
                              {{"self", v}, {"lower", 0.1}, {"upper", 0.9}, {"training", true}},
                              spot.type);
    case 2:
      return sketch.InsertOne(spot.at, "aten.alpha_dropout.default",
                              {{"input", v}, {"p", 0.5}, {"train", true}}, spot.type);
    case 3: {
      const ir::ValueId copy =
          sketch.InsertOne(spot.at, "aten.clone.default", {{"self", v}}, spot.type);
      return sketch.InsertOne(spot.at + 1, "aten.uniform_.default", {{"self", copy}}, spot.type);
    }
    case 4: {
      const ir::ValueId one =
          sketch.InsertOne(spot.at, "aten.rand_like.default", {{"self", v}}, spot.type);
      const ir::ValueId two =
          sketch.InsertOne(spot.at + 1, "aten.rand_like.default", {{"self", v}}, spot.type);
      return sketch.InsertOne(spot.at + 2, "aten.sub.Tensor", {{"self", one}, {"other", two}},
                              spot.type);
    }
    default: {
      const ir::ValueId random =
          sketch.InsertOne(spot.at, likes[chooser.Below(3)], {{"self", v}}, spot.type);
      return sketch.InsertOne(spot.at + 1, "aten.add.Tensor", {{"self", v}, {"other", random}},
                              spot.type);
    }
  }
}

bool PutRandom(Sketch& sketch, Chooser& chooser) {
  const auto spot = PickSpot(sketch, chooser, IsFloat32);
  if (!spot) return false;
  Rewire(sketch, *spot, RandomOf(sketch, chooser, *spot), chooser.Flip());
  return true;
}

// dropout as training or evaluation has it.
bool ToggleDropout(Sketch& sketch, Chooser& chooser) {
  const auto nodes = NodesWhere(sketch, [](const SketchNode& node) {
    return node.target.find("dropout") != std::string::npos && FindArgument(node, "train");
  });
  if (nodes.empty()) return false;
  auto* train = std::get_if<bool>(FindArgument(sketch.nodes[chooser.Of(nodes)], "train"));
  if (train == nullptr) return false;
  *train = !*train;
  return true;
}

// Nothing is changed: what is proved of a program and itself must hold of two runs of it.
bool ChangeNothing(Sketch&, Chooser&) { return true; }

}  // namespace

std::vector<ChangeKind> RandomChanges() {
  return {
      {"random-put-in", "random", "numbers drawn at random come in", PutRandom, 4, true},
      {"dropout-toggled", "random", "dropout as in training, or as in evaluation", ToggleDropout,
       2},
      {"nothing", "random", "the program is left as it is", ChangeNothing, 2},
  };
}

std::vector<ChangeKind> NumberChanges() {
  return {
      {"function-put-in", "numbers", "an elementwise function comes in", PutFunction, 8, true},
      {"parameter-changed", "numbers", "a number among an operator's arguments is another",
       ChangeParameter, 8},
      {"reduction-put-in", "placement", "an operator that mixes elements comes in", PutReduction, 6,
       true},
      {"casts-put-in", "numbers", "a value goes to another type and back", PutCasts, 4, true},
      {"operand-put-in", "numbers", "a value is changed in place by a constant, perhaps of float64",
       PutConstantOperand, 6, true},
      {"constant-widened", "numbers", "a float32 constant becomes one of float64", WidenConstant},
      {"binary-put-in", "numbers", "arithmetic with a number or another value comes in", PutBinary,
       6, true},
  };
}

}  // namespace foldproof::fuzz
