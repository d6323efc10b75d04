internal import KTSDBModel
internal import PromQL

/// Label sets as text, in quotes and out of them.
enum LabelText {
    /// Returns a value in quotes, with quotes, backslashes and line feeds escaped.
    static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Returns the labels of a text such as `up{job="api"}`; nil if it is malformed or has other matchers than `=`.
    static func labels(_ text: String) -> Labels? {
        do throws(ParseErrors) {
            var pairs: [(String, String)] = []
            for matcher in try parseSelector(text) {
                guard matcher.operation == .equal else { return nil }
                if !matcher.value.isEmpty { pairs.append((matcher.name, matcher.value)) }
            }
            guard Set(pairs.map(\.0)).count == pairs.count else { return nil }
            return Labels(pairs)
        } catch { return nil }
    }
}
