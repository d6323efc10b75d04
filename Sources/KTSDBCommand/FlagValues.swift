internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBScrape
internal import KTSDBServer
internal import Logging
internal import PrometheusWire

/// A duration as Prometheus writes it, such as `15d` or `1h30m`.
struct FlagDuration {
    let text: String
    let value: Duration

    init(_ text: String, _ value: Duration) {
        self.text = text
        self.value = value
    }

    @Sendable
    init(_ text: String) throws {
        guard let duration = APIParameter.promQLDuration(text) else {
            throw ValidationError("not a valid duration string: \"\(text)\"")
        }
        self.init(text, duration)
    }
}

/// A number of bytes as Prometheus writes it, such as `512MB` or `2GiB`.
struct FlagSize {
    let bytes: Int

    /// Half of the memory that the process may use.
    static var halfOfMemory: FlagSize { FlagSize(bytes: AvailableMemory.bytes / 2) }

    init(bytes: Int) { self.bytes = bytes }

    @Sendable
    init(_ text: String) throws {
        guard let bytes = ByteSize.parse(text) else { throw ValidationError("not a valid size: \"\(text)\"") }
        self.init(bytes: bytes)
    }

    var text: String { bytes == 0 ? "0" : ByteSize.format(bytes) }
}

/// How many of something there may be; `0` and `none` stand for any number.
struct FlagLimit {
    let value: Int?

    init(_ value: Int?) { self.value = value }

    @Sendable
    init(count text: String) throws {
        guard let count = text == "none" ? 0 : Int(text), count >= 0 else {
            throw ValidationError("\"\(text)\" is not a number, nor `none` for no limit")
        }
        value = count == 0 ? nil : count
    }

    /// Reads a number of bytes, with a unit or without.
    @Sendable
    init(bytes text: String) throws {
        try self.init(count: ByteSize.parse(text).map(String.init) ?? text)
    }

    var text: String { value.map { "\($0)" } ?? "none" }
}

/// Where to listen.
struct FlagAddress {
    let value: ListenAddress

    init(_ address: ListenAddress) { value = address }

    @Sendable
    init(_ text: String) throws {
        guard let address = ListenAddress(text) else {
            throw ValidationError("\"\(text)\" is not HOST:PORT or :PORT")
        }
        value = address
    }
}

/// The durability of appends.
enum FlagDurability: String, CaseIterable, ExpressibleByArgument {
    case buffered, interval, durable

    var value: Durability {
        switch self {
        case .buffered: .buffered
        case .interval: .interval(.seconds(1))
        case .durable: .durable
        }
    }
}

/// The least level that is logged.
enum FlagLogLevel: String, CaseIterable, ExpressibleByArgument {
    case debug, info, warn, error

    var value: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}

/// How the log looks.
enum FlagLogFormat: String, CaseIterable, ExpressibleByArgument {
    case logfmt, json

    var value: LogFormat { self == .json ? .json : .logfmt }
}
