internal import KTSDBConfiguration
internal import KTSDBModel

extension GlobalConfiguration {
    /// Returns `labels` with `$NAME` and `${NAME}` in their values replaced by variables, and `$$` by `$`, as
    /// Prometheus does: a variable that is not set is empty.
    static func expanded(_ labels: Labels, _ variables: Variables) -> Labels {
        Labels(labels.map { ($0.name, expand($0.value, variables)) })
    }

    private static func expand(_ text: String, _ variables: Variables) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "{", let end = rest.firstIndex(of: "}") {
                result += variables[String(rest[..<end].dropFirst())] ?? ""
                rest = rest[rest.index(after: end)...]
            } else {
                let name = rest.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
                result += name.isEmpty ? "$" : variables[String(name)] ?? ""
                rest = rest.dropFirst(name.count)
            }
        }
        return result + rest
    }
}
