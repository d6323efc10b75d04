internal import CLibrary

/// The files of the system's time zone database.
package enum TimeZoneFile {
    private static let directory = "/usr/share/zoneinfo/"

    /// Returns the file of the zone with a name such as `Europe/Berlin`, or of `Local`, the zone of this machine; nil
    /// if it does not exist.
    @Sendable package static func read(_ name: String) -> [UInt8]? {
        guard name != "Local" else { return local(SystemCall.environment("TZ")) }
        return name.split(separator: "/").contains("..") ? nil : try? LocalFile.read(directory + name)
    }

    /// Returns the file of this machine's zone: what the variable TZ names, or `/etc/localtime` if it is not set. An
    /// empty variable is UTC.
    package static func local(_ variable: String?) -> [UInt8]? {
        guard var name = variable else { return try? LocalFile.read("/etc/localtime") }
        if name.hasPrefix(":") { name.removeFirst() }
        if name.isEmpty || name == "Local" { return nil }
        return name.hasPrefix("/") ? try? LocalFile.read(name) : read(name)
    }
}
