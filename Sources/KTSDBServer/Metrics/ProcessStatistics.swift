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

    static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        // SAFETY: the count leaves room for the terminating zero.
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    static let workingDirectory: String = {
        guard let path = unsafe getcwd(nil, 0) else { return "" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }()

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
        if let directory = unsafe opendir("/proc/self/fd") {
            // The entries "." and ".." are not counted, and neither is the descriptor that reads the list.
            while unsafe readdir(directory) != nil { result.openFiles += 1 }
            unsafe closedir(directory)
            result.openFiles = max(0, result.openFiles - 3)
        }
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            result.maximumFiles = Double(limit.rlim_cur)
        }
        return result
    }

    /// Raises the limit of open files to the highest that the system allows this process.
    static func raiseFileLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(resource, &limit)
    }

    /// Returns the first 64 KiB of a system file that does not report its length; nil if it cannot be read.
    static func text(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        var count = 0
        while count < bytes.count {
            // SAFETY: reads at most as many bytes as there is room for.
            let got = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe CLibrary.read(descriptor, room.baseAddress! + count, room.count - count)
            }
            guard got > 0 else { break }
            count += got
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
