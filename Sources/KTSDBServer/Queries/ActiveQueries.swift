internal import CLibrary
package import KTSDBModel
internal import PrometheusWire
internal import Synchronization

/// Lists the running queries in the file `queries.active`: if the process dies, the next one can report what it was
/// doing.
///
/// The format is Prometheus': `[` and a slot of 1,000 bytes for each query that may run at once. A slot in use holds a
/// JSON object, zeros, and a comma as its last byte; a free one is all zeros. The file is mapped, so that listing a
/// query needs no system call. Nothing is synced: the file serves after the death of the process, not of the machine,
/// and holds nothing that is needed.
@safe
package final class ActiveQueries: Sendable {
    static let slotBytes = 1000

    // Each slot is written by whoever took it off `free`, and so by one writer at a time.
    private nonisolated(unsafe) let file: UnsafeMutableRawBufferPointer
    private let slots: Mutex<Slots>

    private struct Slots {
        var free: [Int]
        var running: [Int: RunningQuery] = [:]
    }
    /// The queries that were running when the previous process ended, as a JSON array; nil if there were none.
    package let unfinished: String?

    /// Opens the file in `directory` and empties it. Nil if that is impossible, for lack of space or permission.
    package init?(directory: String, limit: Int) {
        let descriptor = unsafe open(directory + "/queries.active", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        unfinished = Self.unfinished(in: Self.contents(descriptor, limit: 1 << 20))
        let size = 1 + limit * Self.slotBytes
        // Allocates all its space, so that writing to the mapped bytes cannot fail.
        guard ftruncate(descriptor, 0) == 0, posix_fallocate(descriptor, 0, off_t(size)) == 0,
            let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            unsafe address != MAP_FAILED
        else { return nil }
        unsafe file = UnsafeMutableRawBufferPointer(start: address, count: size)
        slots = Mutex(Slots(free: Array((0..<limit).reversed())))
        put([UInt8(ascii: "[")], at: 0)
    }

    deinit { unsafe munmap(file.baseAddress!, file.count) }

    /// Notes that a query begins.
    /// - Returns: The slot to pass to ``end(_:)``; nil if all slots are taken.
    package func begin(_ text: String, at time: Timestamp = .now) -> Int? {
        let taken = slots.withLock { slots in
            let slot = slots.free.popLast()
            if let slot { slots.running[slot] = RunningQuery(text: text, start: time) }
            return slot
        }
        guard let slot = taken else { return nil }
        put(Self.slot(text, seconds: time.milliseconds / 1000), at: 1 + slot * Self.slotBytes)
        return slot
    }

    /// Notes that a query has ended.
    package func end(_ slot: Int) {
        put([UInt8](repeating: 0, count: Self.slotBytes), at: 1 + slot * Self.slotBytes)
        slots.withLock { slots in
            slots.running[slot] = nil
            slots.free.append(slot)
        }
    }

    /// The queries that run now, in the order of their beginnings.
    package var running: [RunningQuery] {
        slots.withLock { Array($0.running.values) }.sorted { ($0.start, $0.text) < ($1.start, $1.text) }
    }

    private func put(_ bytes: [UInt8], at offset: Int) {
        // SAFETY: the slice checks the bounds; nobody else writes to the slot.
        unsafe UnsafeMutableRawBufferPointer(rebasing: file[offset..<(offset + bytes.count)]).copyBytes(from: bytes)
    }

    // MARK: The format

    /// Returns the bytes of a slot. A text that is too long is truncated.
    private static func slot(_ text: String, seconds: Int64) -> [UInt8] {
        var text = Substring(text)
        while true {
            var json = JSONWriter()
            json.object {
                $0.member("query", String(text))
                $0.member("timestamp_sec", Int(seconds))
            }
            var bytes = Array(json.text.utf8)
            if bytes.count < slotBytes {
                bytes += [UInt8](repeating: 0, count: slotBytes - 1 - bytes.count)
                return bytes + [UInt8(ascii: ",")]
            }
            // When escaped, a character takes up to 12 bytes.
            text = text.prefix(min(text.count - 1, max(text.count / 2, slotBytes)))
        }
    }

    /// Returns the queries in the bytes of a file; nil without any queries. The bytes may be anything.
    package static func unfinished(in bytes: [UInt8]) -> String? {
        let kept = bytes.filter { $0 != 0 }
        guard kept.count > 1 else { return nil }
        return String(decoding: kept.last == UInt8(ascii: ",") ? kept.dropLast() : kept[...], as: UTF8.self) + "]"
    }

    private static func contents(_ descriptor: Int32, limit: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        // SAFETY: the buffer is as long as the count says.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        return Array(bytes.prefix(max(0, count)))
    }
}

/// A query that runs.
package struct RunningQuery: Hashable, Sendable {
    package var text: String
    package var start: Timestamp
}
