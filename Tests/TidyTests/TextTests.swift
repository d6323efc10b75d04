import Testing

@Suite struct `Source text` {
    /// Turns of phrase that make a reader stop (STYLE.md), and how many are left in comments. A number may only be
    /// lowered.
    static let turns: [(name: String, left: Int)] = [
        ("behind", 0),
        ("beside", 0),
        ("stands?", 3),
        ("is none|are none", 3),
        ("told|tells?", 1),
        ("goes on|go on", 2),
        ("have not the|has not the", 0),
        ("as the first time", 0),
        ("would else", 0),
    ]

    @Test func `has at most 120 columns`() {
        for file in SourceTree.everything.files {
            var isInText = false
            for (number, line) in file.lines.enumerated() {
                if line.contains("\"\"\"") { isInText.toggle() }
                guard line.count > 120, !isInText else { continue }
                // A text that cannot be divided, such as a golden value, may be longer.
                guard !line.contains("\"") else { continue }
                Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
            }
        }
    }

    @Test func `is named after a type in it`() {
        for file in SourceTree.sources.files where !["main"].contains(file.name) {
            let type = file.name.split(separator: "+")[0]
            let isNamed = file.typesAndExtensions.contains { $0 == type }
            #expect(
                isNamed || Self.otherNames.contains(file.path),
                "\(file.path) declares \(file.typesAndExtensions.sorted())")
        }
    }

    @Test func `gives a name one meaning`() {
        var targets: [String: Set<String>] = [:]
        for file in SourceTree.sources.files {
            for type in file.types { targets[type, default: []].insert(file.target) }
        }
        for (type, targets) in targets where targets.count > 1 {
            Issue.record("\(type) is declared in \(targets.sorted())")
        }
    }

    /// A case that nothing makes is a promise that is not kept. Patterns of switches do not count.
    @Test(arguments: ["KTSDBHTTP", "KTSDBScrape", "KTSDBServer"])
    func `makes every case of its errors`(target: String) {
        let files = SourceTree.sources.files.filter { $0.target == target }
        var made: Set<String> = []
        for line in SourceTree.sources.files.flatMap({ $0.code.split(separator: "\n") }) {
            let isPattern = line.drop { $0 == " " }.hasPrefix("case ")
            let rest = isPattern ? line.firstRange(of: ": ").map { line[$0.upperBound...] } ?? "" : line
            for match in rest.matches(of: /\.(\w+)/) { made.insert(String(match.1)) }
        }
        for file in files {
            var name: Substring?
            for line in file.code.split(separator: "\n") {
                if let match = line.firstMatch(of: /enum (\w+)\s*:[^{]*\bError\b/) { name = match.1 }
                guard let type = name else { continue }
                if line.drop(while: { $0 == " " }).hasPrefix("}") { name = nil }
                guard let match = line.firstMatch(of: /^\s*case (\w+)/) else { continue }
                #expect(made.contains(String(match.1)), "\(file.path): nothing makes \(type).\(match.1)")
            }
        }
    }

    @Test func `prints nothing from libraries`() {
        let programs: Set = [
            "AlertTestCommand", "KTSDBAlertTesting", "KTSDBCommand", "KTSDBTesting", "PromQLTestCommand",
        ]
        for file in SourceTree.sources.files where !programs.contains(file.target) {
            let found = file.code.firstMatch(of: /(?m)^\s*(?:print|debugPrint|dump)\(/)
            #expect(found == nil, "\(file.path)")
        }
    }

    @Test func `leaves nothing to be done`() {
        for file in SourceTree.sources.files {
            #expect(file.text.firstMatch(of: /\b(?:TODO|FIXME|XXX)\b/) == nil, "\(file.path)")
        }
    }

    @Test func `says things plainly`() throws {
        let comments = SourceTree.sources.files.flatMap(\.lines).compactMap { line in
            line.firstRange(of: "//").map { line[$0.lowerBound...] }
        }.joined(separator: "\n")
        for turn in Self.turns {
            let count = comments.matches(of: try Regex("\\b(?:\(turn.name))\\b")).count
            #expect(count <= turn.left, "“\(turn.name)” is in comments \(count) times, not \(turn.left)")
        }
    }

    /// Files whose one idea has no type of its own.
    static let otherNames: Set<String> = [
        "Sources/CLibrary/CLibrary.swift",
        "Sources/KTSDB/KTSDB.swift",
        "Sources/KTSDBFoundation/LocalizedErrors.swift",
        "Sources/KTSDBEngine/Block/BlockTerms.swift",
        "Sources/KTSDBEngine/Block/ExemplarRuns.swift",
        "Sources/KTSDBEngine/Checkpoint/CheckpointReport.swift",
        "Sources/KTSDBEngine/FileSystem/POSIXFile.swift",
        "Sources/KTSDBEngine/Samples/SampleJudge.swift",
        "Sources/KTSDBEngine/Commit/SideDataSections.swift",
        "Sources/KTSDBModel/Histogram/HistogramBounds.swift",
        "Sources/KTSDBTesting/ExpressionStructure.swift",
        "Sources/KTSDBTesting/PromQLTestComparison.swift",
        "Sources/KTSDBTesting/SimulatedFile.swift",
        "Sources/PromQL/Functions/GoMath.swift",
        "Sources/PromQL/Functions/Histograms/HistogramRate.swift",
        "Sources/PromQL/Syntax/StringLiterals.swift",
        "Sources/PromQL/Syntax/Numbers.swift",
        "Sources/KTSDBModel/Text/GoQuoting.swift",
        "Sources/PrometheusWire/Numbers/DoubleFormatter.swift",
        "Sources/PrometheusWire/Numbers/DoubleParser.swift",
    ]
}
