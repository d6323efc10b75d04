/// A double for coders that take finite numbers only, as JSON's do: the others are the texts `NaN`, `+Inf` and `-Inf`,
/// as Prometheus writes them.
///
/// A NaN that is read is ``Swift/Double/ordinaryNaN``; the staleness marker is not kept.
package struct CodableDouble: Codable {
    package var value: Double

    package init(_ value: Double) { self.value = value }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite {
            try container.encode(value)
        } else {
            try container.encode(value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf")
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
            return
        }
        switch try container.decode(String.self) {
        case "NaN": value = .ordinaryNaN
        case "+Inf": value = .infinity
        case "-Inf": value = -.infinity
        case let text:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(goQuoted(text)) is not a number, NaN, +Inf or -Inf")
        }
    }
}
