internal import KTSDBModel
internal import Yams

/// What Go's YAML readers say of a text that is not YAML.
package enum GoYAML {
    /// The version of the reader: 2 reads configurations, 3 reads rule files.
    package enum Version: Hashable, Sendable { case two, three }

    /// The error for a text; nil if it is YAML with each key once.
    ///
    /// `types` are the names of Go's types by the fields that they have, for a field that is there twice; that of the
    /// whole file by the empty name.
    package static func problem(_ text: String, _ version: Version, types: [String: String] = [:]) -> String? {
        do {
            _ = try Parser(yaml: text).nextRoot()
            return nil
        } catch let error as YamlError {
            return describe(error, text, version, types)
        } catch { return "yaml: \(error)" }
    }

    private static func describe(
        _ error: YamlError, _ text: String, _ version: Version, _ types: [String: String]
    ) -> String {
        switch error {
        // Go counts lines from 0, and corrects this for errors of the scanner alone.
        case .scanner(let context, let problem, let mark, _):
            return "yaml: " + line(context?.mark, mark, version, correction: 0) + problem
        case .parser(let context, let problem, let mark, _):
            return "yaml: " + line(context?.mark, mark, version, correction: 1) + problem
        case .composer(_, _, let mark, _):
            return "yaml: unknown anchor \(goAnchor(text, mark)) referenced"
        case .reader(let problem, _, _, _): return "yaml: \(problem)"
        case .duplicatedKeysInMapping(let keys, let context):
            return "yaml: unmarshal errors:\n"
                + keys.map { "  " + repeated($0, text, from: context.mark, version, types) }.joined(separator: "\n")
        default: return "yaml: \(error)"
        }
    }

    /// The place that Go names: that of the problem or of its context, whichever its version looks at first.
    private static func line(_ context: Mark?, _ problem: Mark, _ version: Version, correction: Int) -> String {
        let marks = version == .two ? [problem, context] : [context, problem]
        let line = marks.compactMap { $0?.line }.first { $0 > 1 }
        return line.map { "line \($0 - correction): " } ?? ""
    }

    /// The name of an alias at a place, in quotes.
    private static func goAnchor(_ text: String, _ mark: Mark) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard mark.line >= 1, mark.line <= lines.count else { return "''" }
        let rest = lines[mark.line - 1].dropFirst(max(0, mark.column - 1)).drop { $0 == "*" }
        return "'\(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })'"
    }

    /// The message for a key that a mapping, which begins at a place, has twice.
    private static func repeated(
        _ key: String, _ text: String, from mark: Mark, _ version: Version, _ types: [String: String]
    ) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let column = max(0, mark.column - 1)
        var places: [Int] = []
        for (index, line) in lines.enumerated() where index + 1 >= mark.line {
            let rest = line.dropFirst(column), lead = line.prefix(column)
            let isOwn = index + 1 == mark.line || lead.allSatisfy { $0 == " " || $0 == "-" }
            let keys = [key + ":", "\"\(key)\":", "'\(key)':"]
            if isOwn, keys.contains(where: { rest.hasPrefix($0) }) { places.append(index + 1) }
        }
        let first = places.first ?? mark.line, second = places.dropFirst().first ?? first
        if version == .three { return "line \(second): mapping key \(goQuoted(key)) already defined at line \(first)" }
        let type = column == 0 ? types[""] : types[key]
        return type.map { "line \(second): field \(key) already set in type \($0)" }
            ?? "line \(second): key \(goQuoted(key)) already set in map"
    }
}
