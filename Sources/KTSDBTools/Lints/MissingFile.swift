internal import KTSDBModel

/// A secret or a certificate in a file is read when it is needed: that it is missing shows only then.
enum MissingFile {
    static let lint = Lint(
        "missing-file", .config, "A file with a password, a token or a certificate does not exist here."
    ) { context in
        let configuration = context.configuration.map { findings($0.missingFiles, $0.file) } ?? []
        return configuration + (context.notifier.map { findings($0.missingFiles, $0.file) } ?? [])
    }

    private static func findings(_ references: [FileReference], _ file: String) -> [LintFinding] {
        references.map { reference in
            LintFinding(
                file: file, line: reference.line, subject: reference.key,
                why: "\(goQuoted(reference.path)) does not exist; the server says so only when it needs it",
                fix: "correct the path, or check where the server runs")
        }
    }
}
