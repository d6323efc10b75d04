internal import CLibrary

/// The memory that the process may use: the machine's, or less if a control group limits it, as in a container.
///
/// A group is also limited by all groups above it. Inside a container, the file system shows the container's group as
/// the root, whatever path the kernel reports, so the root is always checked.
public struct AvailableMemory {
    /// Returns the text of a file; nil if it does not exist.
    private let text: (String) -> String?

    package init(reading text: @escaping (String) -> String?) { self.text = text }

    /// The memory that this process may use, in bytes.
    public static var bytes: Int {
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return min(machine, AvailableMemory { ProcessStatistics.text(of: $0) }.groupLimit ?? .max)
    }

    /// The lowest limit of the process' group and those above it, in bytes; nil if they are not limited.
    package var groupLimit: Int? {
        var limits: [Int] = []
        // Each line is hierarchy-number:controllers:path; version 2 has the number 0 and names no controllers.
        for line in (text("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[0] == "0", fields[1].isEmpty {
                limits += self.limits(in: "/sys/fs/cgroup", fields[2], file: "memory.max")
            } else if fields[1].split(separator: ",").contains("memory") {
                limits += self.limits(in: "/sys/fs/cgroup/memory", fields[2], file: "memory.limit_in_bytes")
            }
        }
        return limits.min()
    }

    /// Returns the limits of the group `path` and of all groups above it. For no limit, version 1 writes a number
    /// beyond any memory, and version 2 writes the word `max`.
    private func limits(in mount: String, _ path: Substring, file: String) -> [Int] {
        var names = path.split(separator: "/"), limits: [Int] = []
        // A path outside of what the process may see says nothing.
        if names.contains("..") { names = [] }
        while true {
            let directory = ([Substring(mount)] + names).joined(separator: "/")
            if let limit = text("\(directory)/\(file)").flatMap({ Int($0.filter { $0 != "\n" }) }), limit > 0 {
                limits.append(limit)
            }
            guard names.popLast() != nil else { return limits }
        }
    }
}
