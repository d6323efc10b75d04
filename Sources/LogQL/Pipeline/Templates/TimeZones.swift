internal import CLibrary
internal import GoTemplate
internal import Synchronization

/// The time zones that templates can name: those of the system's database.
enum TimeZones {
    private static let directory = "/usr/share/zoneinfo/"

    /// nil for zones that do not exist.
    private static let cache = Mutex<[String: GoZone?]>([:])
    private static let cacheLimit = 1000

    /// Returns a zone by a name such as `Europe/Berlin`; nil if it does not exist.
    static func zone(_ name: String) -> GoZone? {
        if name.isEmpty || name == "UTC" || name == "Local" { return .utc }
        if let known = cache.withLock({ $0[name] }) { return known }
        let zone = (try? Location.load(name, read: read))?.zone
        cache.withLock { cache in
            if cache.count >= cacheLimit { cache.removeAll() }
            cache[name] = .some(zone)
        }
        return zone
    }

    /// Returns the file of a zone. `Location` lets no name through that leads out of the directory.
    private static func read(_ name: String) -> [UInt8]? {
        let descriptor = SystemCall.openFile(directory + name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var count = 0
        while count < bytes.count {
            let read = SystemCall.readBytes(descriptor, into: &bytes, from: count)
            if read == 0 { return Array(bytes.prefix(count)) }
            guard read > 0 else { return nil }
            count += read
        }
        // No zone has a file of this length.
        return nil
    }
}
