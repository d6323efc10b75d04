import Foundation
import KTSDBModel
import PrometheusWire
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The reason why the peer cannot answer.
struct PeerError: Error, CustomStringConvertible {
    let description: String
}

/// An installed Prometheus that runs on the loopback interface, with a directory of its own, until the object is
/// released.
final class PrometheusPeer {
    private let process = Process()
    private let directory: URL
    private let address: String
    private let session = URLSession(configuration: .ephemeral)

    /// Starts the program `path` and waits until it is ready.
    init(path: String) async throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("ktsdb-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let configuration = directory.appendingPathComponent("prometheus.yml")
        try "global: {evaluation_interval: 1m}\n".write(to: configuration, atomically: true, encoding: .utf8)
        let port = try Self.freePort()
        address = "http://127.0.0.1:\(port)"
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [
            "--config.file=\(configuration.path)", "--storage.tsdb.path=\(directory.path)/data",
            "--web.listen-address=127.0.0.1:\(port)", "--web.enable-remote-write-receiver", "--log.level=error",
            "--storage.tsdb.retention.time=100y", "--enable-feature=native-histograms",
        ]
        // Nothing inherited: a Prometheus that outlives this program must not hold its output open.
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let started = (process.processIdentifier, directory)
        Self.running.withLock { $0 = started }
        for _ in 0..<600 {
            if let (_, status) = try? await get("/-/ready"), status == 200 { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw PeerError(description: "\(path) did not become ready")
    }

    /// The running process, to be stopped if this one is ended by a signal.
    private static let running = Mutex<(id: Int32, directory: URL)?>(nil)

    /// Ends the process that this one started.
    static func stopRunning() {
        guard let (id, directory) = running.withLock({ $0 }) else { return }
        kill(id, SIGKILL)
        try? FileManager.default.removeItem(at: directory)
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        Self.running.withLock { $0 = nil }
        try? FileManager.default.removeItem(at: directory)
    }

    /// Returns a port that nobody listened on a moment ago.
    private static func freePort() throws -> Int {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            // SAFETY: an IPv4 address begins like every address, and `length` says how long it is.
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, length) == 0 ? unsafe getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard result == 0 else { throw PeerError(description: "no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    // MARK: Requests

    /// Writes all samples.
    func write(_ world: SampleWorld) async throws {
        var piece = Piece()
        for row in world.byTime {
            // Sends pieces in order of time, each with the oldest sample first: no sample is ever an hour older than
            // one before it.
            if piece.count == 500 || !piece.takes(row) {
                try await send(piece, of: world)
                piece = Piece()
            }
            piece.append(row)
        }
        try await send(piece, of: world)
    }

    /// The samples of one request, by series. Those of one series are of one kind, because Prometheus 2 stores one kind
    /// after the other, and turns a staleness marker after a histogram into a histogram.
    private struct Piece {
        private enum Kind { case float, marker, histogram, floatHistogram }

        private(set) var count = 0
        /// The series, in the order of their first samples.
        private(set) var order: [Int] = []
        private(set) var rows: [Int: [SampleWorld.Row]] = [:]

        private func kind(_ row: SampleWorld.Row) -> Kind {
            row.histogram.map { $0.isFloat ? .floatHistogram : .histogram }
                ?? (row.isAmongHistograms && row.sample.value.isStaleMarker ? .marker : .float)
        }

        func takes(_ row: SampleWorld.Row) -> Bool {
            guard let other = rows[row.series]?.last else { return true }
            return kind(other) == kind(row)
        }

        mutating func append(_ row: SampleWorld.Row) {
            if rows[row.series] == nil { order.append(row.series) }
            rows[row.series, default: []].append(row)
            count += 1
        }
    }

    private func send(_ piece: Piece, of world: SampleWorld) async throws {
        var encoder = WriteRequestEncoder()
        for number in piece.order {
            let labels = world.series[number].labels, rows = piece.rows[number]!
            if let isFloat = rows[0].histogram?.isFloat {
                let histograms = rows.map {
                    HistogramSample(timestamp: $0.sample.timestamp, histogram: $0.histogram!.histogram)
                }
                encoder.append(labels: labels.map { ($0.name, $0.value) }, histograms, asIntegers: !isFloat)
            } else {
                encoder.append(labels, rows.map(\.sample))
            }
        }
        var body = ByteWriter(capacity: 1 << 16)
        Snappy.encode(encoder.message.span, into: &body)
        var request = URLRequest(url: URL(string: address + "/api/v1/write")!)
        request.httpMethod = "POST"
        request.httpBody = Data(body.bytes)
        request.setValue("snappy", forHTTPHeaderField: "Content-Encoding")
        request.setValue("application/x-protobuf", forHTTPHeaderField: "Content-Type")
        let (answer, status) = try await send(request)
        guard status / 100 == 2 else {
            throw PeerError(description: "samples refused: \(String(decoding: answer, as: UTF8.self))")
        }
    }

    /// Asks a question.
    func answer(_ question: Question) async throws -> Answer {
        var form = URLComponents()
        form.queryItems = [URLQueryItem(name: "query", value: question.expression)]
        if question.step == 0 {
            form.queryItems!.append(URLQueryItem(name: "time", value: "\(question.start)"))
        } else {
            for (name, value) in [("start", question.start), ("end", question.end), ("step", question.step)] {
                form.queryItems!.append(URLQueryItem(name: name, value: "\(value)"))
            }
        }
        let path = question.step == 0 ? "/api/v1/query" : "/api/v1/query_range"
        var request = URLRequest(url: URL(string: address + path)!)
        request.httpMethod = "POST"
        let text = form.percentEncodedQuery!.replacingOccurrences(of: "+", with: "%2B")
        request.httpBody = Data(text.utf8)
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        let (body, _) = try await send(request)
        return try Answer(json: body)
    }

    private func get(_ path: String) async throws -> (Data, Int) {
        try await send(URLRequest(url: URL(string: address + path)!))
    }

    private func send(_ request: URLRequest) async throws -> (Data, Int) {
        let (body, response) = try await session.data(for: request)
        return (body, (response as? HTTPURLResponse)?.statusCode ?? 0)
    }
}
