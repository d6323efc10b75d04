internal import GoTemplate
internal import PrometheusWire

/// Values of templates as JSON, as Go writes them.
enum GoJSON {
    /// Returns a value as JSON.
    static func value(_ value: GoValue) throws -> JSONTree {
        switch value {
        case .none, .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let integer): .number(integer.exact.map { String($0) } ?? "\(integer.double)")
        case .float(let number): .number(try number_(number))
        case .string(let text): .string(text.description)
        case .list(let list): .array(try list.elements.map(Self.value))
        case .map(let map):
            .object(
                try map.entries.map { entry in
                    JSONTree.Member(try key(entry.key), try Self.value(entry.value))
                })
        case .object(let object): try self.object(object)
        case .named(_, let value): try Self.value(value)
        case .error: .object([])
        case .function: throw GoError("json: unsupported type: func()")
        }
    }

    private static func key(_ value: GoValue) throws -> String {
        if let text = value.asString { return text.description }
        if let number = value.asInt { return String(number) }
        throw GoError("json: unsupported type: map with keys that are neither texts nor integers")
    }

    private static func object(_ object: any GoObject) throws -> JSONTree {
        if let time = object as? GoTime {
            return .string(time.formatted("2006-01-02T15:04:05.999999999Z07:00"))
        }
        guard let record = object as? TemplateRecord else { return .object([]) }
        return .object(
            try zip(record.jsonNames, record.fields).map { JSONTree.Member($0, try value($1.value)) })
    }

    /// The shortest digits, with an exponent only for very small and very large numbers.
    private static func number_(_ number: Double) throws -> String {
        guard number.isFinite else {
            throw GoError("json: unsupported value: \(number.isNaN ? "NaN" : number > 0 ? "+Inf" : "-Inf")")
        }
        let isPlain = number == 0 || (number.magnitude >= 1e-6 && number.magnitude < 1e21)
        if isPlain, let whole = Int64(exactly: number) {
            return number == 0 && number.sign == .minus ? "-0" : String(whole)
        }
        var text = "\(number)"
        if text.hasSuffix(".0") { text.removeLast(2) }
        guard isPlain, let e = text.firstIndex(of: "e") else { return text.replacing("e-0", with: "e-") }
        return plain(String(text[..<e]), exponent: Int(text[text.index(after: e)...]) ?? 0)
    }

    /// Writes digits without an exponent.
    private static func plain(_ mantissa: String, exponent: Int) -> String {
        let sign = mantissa.hasPrefix("-") ? "-" : ""
        let parts = mantissa.drop { $0 == "-" }.split(separator: ".")
        let digits = String(parts[0]) + (parts.count > 1 ? String(parts[1]) : "")
        let point = parts[0].count + exponent
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }
}
