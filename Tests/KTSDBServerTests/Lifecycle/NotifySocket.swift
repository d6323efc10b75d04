import Foundation
import Synchronization

/// A socket as a service manager has it: it receives reports of a process.
final class NotifySocket: Sendable {
    struct Failed: Error { var code = errno }

    /// How often ``next(with:)`` looks. Looks are counted, not seconds: other tests may keep the process from running
    /// for a long time.
    private static let looks = 24_000

    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var reports: [[String]] = []
    }

    /// The value of `NOTIFY_SOCKET`.
    let name: String

    /// Creates a socket at a path, or with an abstract name if it begins with `@`.
    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failed() }
        var path = Array(name.utf8), address = sockaddr_un()
        if name.hasPrefix("@") { path[0] = 0 } else { path.append(0) }
        guard path.count <= MemoryLayout.size(ofValue: address.sun_path) else { throw Failed(code: ENAMETOOLONG) }
        address.sun_family = sa_family_t(AF_UNIX)
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let isBound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) == 0
            }
        }
        guard isBound else { throw Failed() }
        // The socket has room for ten reports, so somebody has to read it at all times.
        Thread { [weak self] in while self?.read() == true {} }.start()
    }

    /// Takes a report if one comes soon; false when nobody wants more.
    private func read() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count >= 0 else {
            usleep(5000)
            return true
        }
        let lines = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
        state.withLock { $0.reports.append(lines) }
        return true
    }

    deinit { close(descriptor) }

    /// Waits for the next report and returns its lines.
    /// - Throws: ``Failed`` if there is none in time.
    func next() async throws -> [String] { try await next(with: "") }

    /// Waits for a report that has a line with this beginning; others are skipped.
    func next(with beginning: String) async throws -> [String] {
        for _ in 0..<Self.looks {
            let found = state.withLock { state -> [String]? in
                while !state.reports.isEmpty {
                    let lines = state.reports.removeFirst()
                    if lines.contains(where: { $0.hasPrefix(beginning) }) { return lines }
                }
                return nil
            }
            if let found { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Failed()
    }
}
