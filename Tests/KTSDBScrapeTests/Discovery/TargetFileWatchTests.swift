import CLibrary
import Foundation
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBScrape

@Suite struct `Watched files of targets` {
    @Test func `are read at once when they change`() async throws {
        let directory = TemporaryDirectory(), rig = DiscoveryRig()
        let path = try directory.write(#"[{"targets": ["a:1"]}]"#, to: "t.json")
        try await rig.apply("file_sd_configs: [{files: ['\(path)']}]")
        #expect(rig.urls == ["http://a:1/metrics"])
        // The manager of this rig looks at files every hour.
        try directory.write(#"[{"targets": ["b:1"]}]"#, to: "t.json")
        try await wait { rig.urls == ["http://b:1/metrics"] }
        try FileManager.default.removeItem(atPath: path)
        try await wait { rig.urls.isEmpty }
        await rig.end()
    }

    @Test func `may be a volume whose content Kubernetes exchanges`() async throws {
        let directory = TemporaryDirectory(), rig = DiscoveryRig(), files = FileManager.default
        func link(_ name: String, to target: String) throws {
            try files.createSymbolicLink(atPath: "\(directory.path)/\(name)", withDestinationPath: target)
        }
        for (version, target) in [("..1", "a:1"), ("..2", "b:1")] {
            try files.createDirectory(atPath: "\(directory.path)/\(version)", withIntermediateDirectories: false)
            try directory.write(#"[{"targets": ["\#(target)"]}]"#, to: "\(version)/t.json")
        }
        try link("..data", to: "..1")
        try link("t.json", to: "..data/t.json")
        try await rig.apply("file_sd_configs: [{files: ['\(directory.path)/*.json']}]")
        #expect(rig.urls == ["http://a:1/metrics"])
        try link("..data_tmp", to: "..2")
        #expect(SystemCall.renameFile("\(directory.path)/..data_tmp", to: "\(directory.path)/..data") == 0)
        try await wait { rig.urls == ["http://b:1/metrics"] }
        await rig.end()
    }

    @Test func `in a directory that cannot be watched are counted, and one that comes back is watched again`() throws {
        let directory = TemporaryDirectory(), files = FileManager.default, place = "\(directory.path)/sub"
        let reports = Counter(), watch = TargetFileWatch { _ = reports.next() }
        let member = TargetFileWatchMember(watch), other = TargetFileWatchMember(watch)
        #expect(member.watch([place, "/dev/null"]) == 2)
        try files.createDirectory(atPath: place, withIntermediateDirectories: false)
        #expect(member.watch([place]) == 0)
        #expect(other.watch([place, "\(place)/.", directory.path]) == 0)
        #expect(member.watch([]) == 0)
        #expect(other.watch([place]) == 0)
    }

    /// The bytes of an event.
    private static func bytes(_ number: Int32, _ mask: UInt32, _ name: String, padding: Int = 0) -> [UInt8] {
        let text = Array(name.utf8) + [UInt8](repeating: 0, count: padding)
        return [UInt32(bitPattern: number), mask, 0, UInt32(text.count)].flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        } + text
    }

    @Test func `report events that are taken apart`() throws {
        var bytes = (Self.bytes(1, 8, "x.JSON", padding: 10) + Self.bytes(2, 0x8000, "") + Self.bytes(3, 8, "a.txt"))[
            ...]
        let first = try #require(FileEvent(taking: &bytes)), second = try #require(FileEvent(taking: &bytes))
        let third = try #require(FileEvent(taking: &bytes))
        #expect(first.name == "x.JSON" && first.concernsTargets && !first.isLast)
        #expect(second.number == 2 && second.isLast && second.concernsTargets)
        #expect(third.name == "a.txt" && !third.concernsTargets)
        #expect(FileEvent(taking: &bytes) == nil)
        var cut = Self.bytes(1, 8, "name")[...].dropLast()
        #expect(FileEvent(taking: &cut) == nil)
    }
}
