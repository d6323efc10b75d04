internal import CLibrary

/// The system's statistics about this process.
struct ProcessStatistics {
    private(set) var cpuSeconds = 0.0
    private(set) var residentBytes = 0
    private(set) var virtualBytes = 0
    private(set) var threads = 0
    private(set) var openFiles = 0
    private(set) var maximumFiles = 0.0
    private(set) var startSeconds = 0.0

    static let processors = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    static let hostName = SystemCall.hostName

    static let workingDirectory = SystemCall.workingDirectory

    /// Returns the current statistics; values that the system does not report stay 0.
    static func read() -> ProcessStatistics {
        var result = ProcessStatistics()
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK))), page = sysconf(Int32(_SC_PAGESIZE))
        // The program's name, in parentheses, may contain anything; the numbers begin after it.
        let fields = (text(of: "/proc/self/stat") ?? "").split(separator: ")").last?.split(separator: " ") ?? []
        if fields.count > 21 {
            result.cpuSeconds = ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / ticks
            result.threads = Int(fields[17]) ?? 0
            result.virtualBytes = Int(fields[20]) ?? 0
            result.residentBytes = (Int(fields[21]) ?? 0) * page
            let boot = (text(of: "/proc/stat") ?? "").split(separator: "\n").first { $0.hasPrefix("btime ") }
            let bootSeconds = boot.flatMap { Double($0.dropFirst(6)) } ?? 0
            result.startSeconds = bootSeconds + (Double(fields[19]) ?? 0) / ticks
        }
        if let names = SystemCall.names(in: "/proc/self/fd") {
            // The descriptor that reads the list is not counted.
            result.openFiles = max(0, names.count - 1)
        }
        if let limit = SystemCall.openFileLimit { result.maximumFiles = Double(limit.rlim_cur) }
        return result
    }

    /// The memory of the process' own, in bytes: what is resident, without mapped files and shared memory. nil if the
    /// system does not report it.
    static var anonymousBytes: Int? {
        // Sizes in pages: of the address space, resident, resident and shared.
        let fields = (text(of: "/proc/self/statm") ?? "").split(separator: " ")
        guard fields.count > 2, let resident = Int(fields[1]), let shared = Int(fields[2]) else { return nil }
        return max(0, resident - shared) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Raises the limit of open files to the highest that the system allows this process.
    static func raiseFileLimit() {
        guard var limit = SystemCall.openFileLimit, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        SystemCall.openFileLimit = limit
    }

    /// Returns the first 64 KiB of a system file that does not report its length; nil if it cannot be read.
    static func text(of path: String) -> String? {
        let descriptor = SystemCall.openFile(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        var count = 0
        while count < bytes.count {
            let got = SystemCall.readBytes(descriptor, into: &bytes, from: count)
            guard got > 0 else { break }
            count += got
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
