// SPDX-License-Identifier: BSD-3-Clause
//
// The names that files give to what is their own. The files of a library are compiled several at a
// time (CONTRIBUTING.md), and which ones stand together changes with every new file: a name that
// two of them define does not compile one day, or takes the place of another without a word. Works
// on the text of files alone, so that its own tests can make files up.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::imports {

struct Declaration {
  enum class Kind { kFunction, kVariable, kType, kAlias, kUsing };
  Kind kind = Kind::kFunction;
  std::vector<std::string> scope;  // the namespaces around it; an unnamed one is ""
  std::string name;
  std::string meaning;  // of an alias or a using: what it stands for
};

// What `text` declares in namespaces, but what is a member of a class, an operator, or declared
// without being defined and a type.
std::vector<Declaration> DeclarationsOf(std::string_view text);

// One line for each name that two sources of one library define for themselves with two meanings,
// and for each that hides one of a header. `libraries` are the folders that are a library of their
// own; `files` are texts by their paths.
std::vector<std::string> NameFaults(const std::vector<std::string>& libraries,
                                    const std::map<std::string, std::string>& files);

}  // namespace foldproof::imports
