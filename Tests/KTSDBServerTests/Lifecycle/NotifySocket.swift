import Foundation
import ProcessTesting

/// A socket as a service manager has it: it receives reports of a process.
final class NotifySocket: Sendable {
    struct Failed: Error { var code = errno }

    /// How long a report is waited for, in seconds. Other tests may keep the process from running for a long time.
    private static let patience = 60

    private let descriptor: Int32
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
        var patience = timeval(tv_sec: Self.patience, tv_usec: 0)
        let isSet = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard isBound, isSet == 0 else { throw Failed() }
    }

    deinit { close(descriptor) }

    /// Waits for the next report and returns its lines.
    /// - Throws: ``Failed`` if there is none in time.
    func next() async throws -> [String] {
        let text = await OwnThread.run { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        guard let text else { throw Failed() }
        return text.split(separator: "\n").map(String.init)
    }

    /// Waits for a report that has a line with this beginning; others are skipped.
    func next(with beginning: String) async throws -> [String] {
        for _ in 0..<1000 {
            let lines = try await next()
            if lines.contains(where: { $0.hasPrefix(beginning) }) { return lines }
        }
        throw Failed()
    }
}
