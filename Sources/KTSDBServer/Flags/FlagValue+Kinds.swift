internal import KTSDBConfiguration
internal import KTSDBEngine
internal import KTSDBScrape
internal import Logging
internal import PromQL
internal import PrometheusWire

extension FlagValue where Value == String {
    static var path: FlagValue { named("path") }
    /// The address of a site, or a path; checked as Prometheus checks `--web.external-url`.
    static var url: FlagValue {
        FlagValue(
            "url",
            read: { (text) throws(FlagProblem) in
                let isQuote: (Character?) -> Bool = { $0 == "\"" || $0 == "'" }
                guard !isQuote(text.first), !isQuote(text.last) else {
                    throw .malformed(reason: "URL must not begin or end with quotes")
                }
                guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
                    throw .malformed(reason: "it has a blank or a control character")
                }
                return text
            }, text: { $0 })
    }
    static var pattern: FlagValue { named("pattern") }

    private static func named(_ name: String) -> FlagValue {
        FlagValue(name, read: { (text) throws(FlagProblem) in text }, text: { $0 })
    }
}

extension FlagValue where Value == String? {
    static var prefix: FlagValue {
        FlagValue("prefix", read: { (text) throws(FlagProblem) in text }, text: { $0 ?? "" })
    }
}

extension FlagValue where Value == Bool {
    /// A switch: `--flag` and `--no-flag` on the command line; in the environment `true`, `false`, or another boolean
    /// that Go accepts.
    static var toggle: FlagValue {
        FlagValue(
            nil,
            read: { (text) throws(FlagProblem) in
                if ["1", "t", "T", "true", "TRUE", "True"].contains(text) { return true }
                if ["0", "f", "F", "false", "FALSE", "False"].contains(text) { return false }
                throw .malformed(reason: "\"\(text)\" is neither true nor false")
            }, text: { "\($0)" })
    }
}

extension FlagValue where Value == Int {
    /// A whole number greater than 0.
    static var count: FlagValue {
        FlagValue(
            "count",
            read: { (text) throws(FlagProblem) in
                guard let count = Int(text) else { throw .malformed() }
                guard count > 0 else { throw .notPositive }
                return count
            }, text: { "\($0)" })
    }
}

extension FlagValue where Value == Int {
    /// A size in Prometheus' notation, such as `512MB` or `2GiB`; `0` means none.
    static var byteSize: FlagValue {
        FlagValue(
            "size",
            read: { (text) throws(FlagProblem) in
                guard let bytes = ByteSize.parse(text) else {
                    throw .malformed(reason: "not a valid size: \"\(text)\"")
                }
                return bytes
            }, text: ByteSize.format)
    }
}

extension FlagValue where Value == Int? {
    /// A limit on the number of something; `0` and `none` mean no limit.
    static var limit: FlagValue {
        FlagValue("count", read: { (text) throws(FlagProblem) in try readLimit(text) }, text: limitText)
    }

    /// Like ``limit``, but in bytes, with or without a unit.
    static var byteLimit: FlagValue {
        FlagValue(
            "bytes",
            read: { (text) throws(FlagProblem) in try readLimit(ByteSize.parse(text).map(String.init) ?? text) },
            text: limitText)
    }

    private static func readLimit(_ text: String) throws(FlagProblem) -> Int? {
        guard let count = text == "none" ? 0 : Int(text), count >= 0 else {
            throw .malformed(reason: "\"\(text)\" is neither a number nor `none`, which means no limit")
        }
        return count == 0 ? nil : count
    }

    private static func limitText(_ limit: Int?) -> String { limit.map { "\($0)" } ?? "none" }

    /// A size in Prometheus' notation, such as `512MB` or `2GiB`; `0` means no limit.
    static var size: FlagValue {
        FlagValue(
            "size",
            read: { (text) throws(FlagProblem) in
                guard let bytes = ByteSize.parse(text) else {
                    throw .malformed(reason: "not a valid size: \"\(text)\"")
                }
                return bytes > 0 ? bytes : nil
            }, text: { $0.map(ByteSize.format) ?? "0" })
    }
}

extension FlagValue where Value == Int? {
    /// A size, or a part of the memory that the process may use, such as `80%`; `0` and `none` mean no limit.
    static var memory: FlagValue {
        FlagValue(
            "size",
            read: { (text) throws(FlagProblem) in
                if text == "none" { return nil }
                guard text.hasSuffix("%") else { return try size.read(text, nil) }
                guard let part = Double(text.dropLast()), part > 0, part <= 100 else {
                    throw .malformed(reason: "not a part of the memory between 0% and 100%: \"\(text)\"")
                }
                return Int(Double(AvailableMemory.bytes) * part / 100)
            }, text: size.text)
    }
}

extension FlagValue where Value == Duration {
    /// A duration in Prometheus' notation, such as `15d` or `1h30m`.
    static var duration: FlagValue {
        FlagValue(
            "duration",
            read: { (text) throws(FlagProblem) in
                guard let duration = PrometheusDuration.parse(text) else {
                    throw .malformed(reason: "not a valid duration string: \"\(text)\"")
                }
                return duration
            }, text: PrometheusDuration.format)
    }

    /// A duration greater than 0.
    static var positiveDuration: FlagValue {
        FlagValue(
            "duration",
            read: { (text) throws(FlagProblem) in
                let duration = try FlagValue.duration.read(text, .zero)
                guard duration > .zero else { throw .notPositive }
                return duration
            }, text: PrometheusDuration.format)
    }
}

extension FlagValue where Value == [ListenAddress] {
    /// Addresses, separated by commas or in repeated flags. An empty text adds none.
    static var addresses: FlagValue {
        FlagValue(
            "address",
            adding: { (text, known) throws(FlagProblem) in
                var addresses = known
                for part in text.split(separator: ",").map(String.init) {
                    guard let address = ListenAddress(part) else {
                        throw .malformed(reason: "\"\(part)\" is not HOST:PORT, :PORT or unix:PATH")
                    }
                    addresses.append(address)
                }
                return addresses
            }, text: { $0.map { "\($0)" }.joined(separator: ",") })
    }
}

extension FlagValue where Value == Features {
    /// Names separated by commas; each repetition adds to the names before.
    static var features: FlagValue {
        FlagValue(
            "names",
            adding: { (text, known) throws(FlagProblem) in Features(known.names + [text]) },
            text: { $0.names.joined(separator: ",") })
    }
}

extension FlagValue where Value: Equatable {
    /// One of a few words.
    private static func word(_ words: KeyValuePairs<String, Value>) -> FlagValue {
        let words = Array(words), names = words.map(\.key)
        return FlagValue(
            names.joined(separator: "|"),
            read: { (text) throws(FlagProblem) in
                guard let found = words.first(where: { $0.key == text }) else { throw .notAmong(names) }
                return found.value
            }, text: { value in words.first { $0.value == value }?.key ?? "\(value)" })
    }
}

extension FlagValue where Value == Durability {
    static var durability: FlagValue {
        word(["buffered": .buffered, "interval": .interval(.seconds(1)), "durable": .durable])
    }
}

extension FlagValue where Value == RollupUse {
    static var rollupUse: FlagValue { word(["exact": .exact, "allow": .allow, "off": .off]) }
}

extension FlagValue where Value == Logger.Level {
    static var level: FlagValue { word(["debug": .debug, "info": .info, "warn": .warning, "error": .error]) }
}

extension FlagValue where Value == LogLineFormat {
    static var lineFormat: FlagValue { word(["logfmt": .logfmt, "json": .json]) }
}
