import Foundation
import KTSDBModel
import KTSDBTesting
import LogQL

/// The lines that the recorded answers are about, made by the data set's own program.
enum RecordedDataSet {
    /// A full hour, so that steps are on full minutes. Seconds since 1970.
    static let base: Int64 = 1_699_999_200

    /// The interpreter of the program; nil if there is none.
    static let python: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Whether the lack of the interpreter is a failure rather than a skip.
    static let isRequired = ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] != nil

    struct Failure: Error {
        var text: String
    }

    /// Makes the lines, and pushes them to a source.
    static func source(_ python: String, _ directory: String) throws -> MemoryLogSource {
        let streams = TemporaryDirectory()
        defer { withExtendedLifetime(streams) {} }
        let path = streams.path + "/lines"
        try Data().write(to: URL(fileURLWithPath: path))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-B", directory + "/logs/logset.py"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(text: "logset.py ended with status \(process.terminationStatus)")
        }
        var source = MemoryLogSource()
        for line in try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: UInt8(ascii: "\n")) {
            guard let parts = try JSONSerialization.jsonObject(with: line) as? [Any], parts.count == 4,
                let labels = parts[0] as? [String: String], let time = parts[1] as? Int64,
                let text = parts[2] as? String, let metadata = parts[3] as? [String: String]
            else { throw Failure(text: "logset.py printed \(String(decoding: line, as: UTF8.self))") }
            source.push(Labels(labels), base * 1_000_000_000 + time, text, metadata)
        }
        return source
    }
}

extension MemoryLogSource {
    /// Adds a line with all that a push adds to it.
    fileprivate mutating func push(_ labels: Labels, _ time: Int64, _ line: String, _ metadata: [String: String]) {
        let stream = ServiceName.added(to: labels)
        var labels = Labels(metadata.map { (Self.sanitized($0.key), $0.value) })
        let level = DetectedLevel.value(stream: stream, metadata: labels, line: Array(line.utf8).span)
        labels = labels.setting(DetectedLevel.label, to: level)
        add(stream, time, line, labels)
    }

    private static func sanitized(_ name: String) -> String {
        let text = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
        return text.first?.isNumber ?? false ? "key_" + text : text
    }
}
