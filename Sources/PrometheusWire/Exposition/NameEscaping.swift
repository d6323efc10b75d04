internal import KTSDBModel

/// The schemes by which Prometheus writes names outside the classic character set for a reader that does not support
/// them.
///
/// | scheme | `http.req` | `my_http.ü` |
/// | --- | --- | --- |
/// | `allow-utf-8` | `http.req` | `my_http.ü` |
/// | `underscores` | `http_req` | `my_http__` |
/// | `dots` | `http_dot_req` | `my__http_dot___` |
/// | `values` | `U__http_2e_req` | `U__my__http_2e__fc_` |
///
/// Names in the classic set stay as they are under all schemes.
package enum NameEscaping: String, Hashable, Sendable, CaseIterable {
    case allowUTF8 = "allow-utf-8"
    case underscores, dots, values

    /// Returns the name of a metric in this scheme.
    package func metricName(_ name: String) -> String {
        LabelName.isLegacyMetricName(name) ? name : escaped(name, allowsColons: true)
    }

    /// Returns the name of a label in this scheme.
    package func labelName(_ name: String) -> String {
        LabelName.isLegacy(name) ? name : escaped(name, allowsColons: false)
    }

    private func escaped(_ name: String, allowsColons: Bool) -> String {
        guard self != .allowUTF8, !name.isEmpty else { return name }
        var result = self == .values ? "U__" : ""
        for (place, scalar) in name.unicodeScalars.enumerated() {
            // A digit may occur anywhere except at the beginning.
            let isPlain =
                switch scalar {
                case "a"..."z", "A"..."Z", "_": true
                case "0"..."9": place > 0
                case ":": allowsColons
                default: false
                }
            switch self {
            case .underscores: result.unicodeScalars.append(isPlain ? scalar : "_")
            case .dots where scalar == ".": result += "_dot_"
            case .dots, .values:
                if isPlain, scalar != "_" {
                    result.unicodeScalars.append(scalar)
                } else if self == .dots || scalar == "_" {
                    result += "__"
                } else {
                    result += "_" + String(scalar.value, radix: 16) + "_"
                }
            case .allowUTF8: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
