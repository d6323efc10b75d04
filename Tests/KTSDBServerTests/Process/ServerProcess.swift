import AsyncHTTPClient
import Foundation
import KTSDBModel
import NIOCore
import NIOHTTP1
import ProcessTesting
import PrometheusWire
import Testing

/// The built program `ktsdb`, running on loopback with a directory of its own.
///
/// `@unchecked Sendable`: `child` changes only between a test's groups of tasks.
final class ServerProcess: @unchecked Sendable {
    /// Where the package's programs are: beside the tests' bundle.
    static var program: String {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("ktsdb").path
    }

    let directory: URL
    let port: Int
    /// The program as it was started last; nil if it never was.
    private var child: ChildProcess?
    private let extra: [String]

    /// Prepares a directory with a configuration; nothing runs yet.
    init(configuration: String = "", flags: [String] = []) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("ktsdb-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        port = try Self.freePort()
        extra = flags
        try configuration.write(to: configurationFile, atomically: true, encoding: .utf8)
    }

    deinit {
        kill(SIGKILL)
        try? FileManager.default.removeItem(at: directory)
    }

    var configurationFile: URL { directory.appendingPathComponent("prometheus.yml") }
    private var logFile: URL { directory.appendingPathComponent("log") }
    var dataDirectory: URL { directory.appendingPathComponent("data") }

    var flags: [String] {
        [
            "--config.file=\(configurationFile.path)", "--storage.tsdb.path=\(dataDirectory.path)",
            "--web.listen-address=127.0.0.1:\(port)", "--web.enable-remote-write-receiver", "--web.enable-admin-api",
            "--web.enable-lifecycle", "--log.level=warn",
        ] + extra
    }

    /// Starts the program, with fewer open files than usual if that is wanted.
    func start(limitingFiles limit: Int? = nil) throws {
        let command = Self.command(flags, limitingFiles: limit)
        child = try ChildProcess(command.program, command.arguments, errors: logFile.path)
    }

    var isRunning: Bool { child?.isRunning ?? false }
    /// The process's number; nil if it was never started.
    var id: Int32? { child?.id }

    /// The lines that the program logged since it was started last.
    var log: [Substring] {
        get throws { try String(contentsOf: logFile, encoding: .utf8).split(separator: "\n") }
    }

    /// Starts the program and waits until it can answer; returns how long that took.
    @discardableResult
    func startAndWait(limitingFiles limit: Int? = nil) async throws -> Duration {
        let begin = ContinuousClock.now
        try start(limitingFiles: limit)
        // Attempts are counted, not seconds: other tests may keep this one from running for a long time.
        for _ in 0..<6_000 {
            if try await status("/-/ready") == 200 { return begin.duration(to: .now) }
            guard isRunning else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw NotReady()
    }

    struct NotReady: Error {}

    func kill(_ signal: Int32) { child?.signal(signal) }

    /// Waits for the end of the process and returns its exit status.
    func waitForExit() async throws -> Int32 {
        guard let child else { throw NotReady() }
        return try await child.waitForExit()
    }

    /// Runs the program to its end; returns its status and what it printed. One that runs for a minute, as a server
    /// that was expected not to start, is killed.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], limitingFiles limit: Int? = nil
    ) async throws -> (status: Int32, output: String) {
        let command = command(arguments, limitingFiles: limit)
        let output = try await ChildProcess.run(
            command.program, command.arguments, environment: environment, mergesErrors: true)
        return (output.status, output.output)
    }

    /// The program and its arguments, with fewer open files than usual if that is wanted.
    private static func command(
        _ arguments: [String], limitingFiles limit: Int?
    ) -> (program: String, arguments: [String]) {
        guard let limit else { return (program, arguments) }
        return ("/bin/sh", ["-c", "ulimit -n \(limit) && exec \"$0\" \"$@\"", program] + arguments)
    }

    // MARK: Asking it

    /// Says at once when nobody listens: the shared client would go on trying until the request's timeout.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    /// The status of a GET; nil when nobody answers.
    func status(_ path: String) async throws -> Int? {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        guard let response = try? await Self.client.execute(request, timeout: .seconds(300)) else { return nil }
        _ = try? await response.body.collect(upTo: 1 << 26)
        return Int(response.status.code)
    }

    /// The first value of an instant query, or nil when the answer is empty.
    func value(_ query: String, at seconds: Int64) async throws -> Double? {
        var components = URLComponents(string: "http://127.0.0.1:\(port)/api/v1/query")
        components?.queryItems = [
            URLQueryItem(name: "query", value: query), URLQueryItem(name: "time", value: "\(seconds)"),
        ]
        let url = try #require(components?.string)
        let response = try await Self.client.execute(HTTPClientRequest(url: url), timeout: .seconds(300))
        let body = try await response.body.collect(upTo: 1 << 26)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
        return answer.data?.result.first.flatMap { Double($0.value.last?.text ?? "") }
    }

    private struct Answer: Decodable {
        struct Series: Decodable { var value: [Part] }
        struct Result: Decodable { var result: [Series] }
        /// A time or a value.
        struct Part: Decodable {
            var text: String
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                text = try (try? container.decode(String.self)) ?? "\(container.decode(Double.self))"
            }
        }
        var data: Result?
    }

    /// Sends one remote write of one sample for each of `count` series; true if it was acknowledged.
    func write(_ count: Int, metric: String, at milliseconds: Int64, value: Double) async -> Bool {
        var encoder = WriteRequestEncoder()
        for number in 0..<count {
            encoder.append(
                ["__name__": metric, "i": "\(number)"],
                [Sample(timestamp: Timestamp(milliseconds: milliseconds), value: value)])
        }
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/api/v1/write")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-protobuf")
        request.headers.add(name: "Content-Encoding", value: "snappy")
        request.headers.add(name: "X-Prometheus-Remote-Write-Version", value: "0.1.0")
        var body = ByteWriter()
        Snappy.encode(encoder.message.span, into: &body)
        request.body = .bytes(ByteBuffer(bytes: body.bytes))
        guard let response = try? await Self.client.execute(request, timeout: .seconds(300)) else { return false }
        return response.status.code == 204
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isBound else { throw NotReady() }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
