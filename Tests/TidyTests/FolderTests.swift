import Testing

@Suite struct `Folders` {
    /// Pairs that ARCHITECTURE.md names, with the reason.
    static let knownPairs: Set<String> = []

    /// What each folder of a target uses: the types declared in others, by their names.
    static func uses(of target: String) -> [String: [String: Set<String>]] {
        let files = SourceTree.sources.files.filter { $0.target == target }
        var owners: [String: Set<String>] = [:]
        for file in files { for type in file.types { owners[type, default: []].insert(file.path) } }
        let folders = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.folder) })
        var uses: [String: [String: Set<String>]] = [:]
        for file in files {
            let words = Set(file.code.matches(of: /\w+/).map { String($0.0) })
            // A name that several files declare is private to them.
            for word in words {
                guard let owner = owners[word], owner.count == 1, let folder = folders[owner.first!] else { continue }
                if folder != file.folder { uses[file.folder, default: [:]][folder, default: []].insert(word) }
            }
        }
        return uses
    }

    @Test(arguments: Set(SourceTree.sources.files.map(\.target)).sorted())
    func `of a target do not use each other`(target: String) {
        let uses = Self.uses(of: target)
        for (folder, used) in uses.sorted(by: { $0.key < $1.key }) {
            for (other, types) in used.sorted(by: { $0.key < $1.key }) where folder < other {
                guard let back = uses[other]?[folder] else { continue }
                let isKnown = Self.knownPairs.contains("\(target): \(folder), \(other)")
                #expect(
                    isKnown, "\(folder) uses \(types.sorted()) of \(other), which uses \(back.sorted()) of \(folder)")
            }
        }
    }

    @Test func `of the engine use only those above them in ARCHITECTURE's table`() throws {
        let text = try SourceTree.document("ARCHITECTURE.md")
        let section = try #require(
            text.split(separator: "## The engine's folders").last?.split(separator: "\n## ").first)
        let order = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .flatMap { $0.split(separator: "|")[0].matches(of: /`(\w+)\/`/).map { String($0.1) } }
        let uses = Self.uses(of: "KTSDBEngine")
        let folders = Set(SourceTree.sources.files.filter { $0.target == "KTSDBEngine" }.map(\.folder))
        #expect(folders == Set(order))
        for (folder, used) in uses {
            for (other, types) in used {
                let place = try #require(order.firstIndex(of: folder)),
                    otherPlace = try #require(order.firstIndex(of: other))
                #expect(otherPlace < place, "\(folder) uses \(types.sorted()) of \(other)")
            }
        }
    }
}
