import Foundation
import KTSDBTesting
import ProcessTesting
import Testing

@Suite(.serialized) struct `What packages have` {
    private static let packaging = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Packaging").standardizedFileURL.path
    private static func has(_ program: String) -> Bool { FileManager.default.isExecutableFile(atPath: program) }

    @Test(.enabled(if: has("/usr/bin/systemd-analyze"), "systemd is not installed"))
    func `is a unit that systemd accepts`() async throws {
        let directory = TemporaryDirectory(), unit = directory.path + "/ktsdb.service"
        // The program that it names need not be installed here.
        let text = try String(contentsOfFile: Self.packaging + "/systemd/ktsdb.service", encoding: .utf8)
        #expect(text.contains("\nType=notify\n") && text.contains("\nWatchdogSec="))
        #expect(text.contains("\nExecStart=/usr/bin/ktsdb server "))
        try text.replacingOccurrences(of: "/usr/bin/ktsdb", with: "/bin/true")
            .write(toFile: unit, atomically: true, encoding: .utf8)
        let output = try await ChildProcess.run("/usr/bin/systemd-analyze", ["verify", "--man=no", unit])
        #expect(output.status == 0 && output.errors == "" && output.output == "", "\(output)")
    }

    @Test(.enabled(if: has("/usr/bin/dpkg-deb"), "dpkg is not installed"))
    func `is built for Debian from the program`() async throws {
        let directory = TemporaryDirectory(), program = directory.path + "/ktsdb"
        // Small, and for the script linked statically: it asks the real one.
        try "#!/bin/sh\nexec '\(ServerProcess.program)' \"$@\"\n".write(
            toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let built = try await ChildProcess.run(
            "/bin/sh", [Self.packaging + "/debian/build.sh", program, directory.path + "/out"], mergesErrors: true)
        try #require(built.status == 0, "\(built.output)")
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: directory.path + "/out").first)
        #expect(name.hasPrefix("ktsdb_") && name.hasSuffix(".deb"))
        let package = "\(directory.path)/out/\(name)"
        let list = try await ChildProcess.run("/usr/bin/dpkg-deb", ["--contents", package]).output
        for path in [
            "usr/bin/ktsdb", "lib/systemd/system/ktsdb.service", "etc/default/ktsdb", "etc/ktsdb/prometheus.yml",
            "usr/share/man/man1/ktsdb.1.gz", "usr/share/man/man1/ktsdb-query.1.gz",
            "usr/share/bash-completion/completions/ktsdb", "usr/share/zsh/vendor-completions/_ktsdb",
            "usr/share/fish/vendor_completions.d/ktsdb.fish",
        ] { #expect(list.contains(" ./\(path)\n"), "\(path)") }
        #expect(!list.contains("/DEBIAN"))
        let files = try await ChildProcess.run("/usr/bin/dpkg-deb", ["--info", package, "conffiles"]).output
        #expect(files == "/etc/default/ktsdb\n/etc/ktsdb/prometheus.yml\n")
        let script = try await ChildProcess.run("/usr/bin/dpkg-deb", ["--info", package, "postinst"]).output
        #expect(script.contains("adduser --quiet --system --group"))
    }

    @Test func `is a configuration that the program accepts`() async throws {
        let (status, output) = try await ServerProcess.run([
            "check", "config", Self.packaging + "/debian/prometheus.yml",
        ])
        #expect(status == 0 && output.contains("SUCCESS"), "\(output)")
    }

    @Test(.enabled(if: has("/usr/bin/groff"), "groff is not installed"))
    func `are pages of the manual without a warning`() async throws {
        let directory = TemporaryDirectory()
        let (status, output) = try await ServerProcess.run(["manual", "--directory", directory.path])
        try #require(status == 0, "\(output)")
        let pages = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(Set(pages).isSuperset(of: ["ktsdb.1", "ktsdb-server.1", "ktsdb-query.1", "ktsdb-check.1"]))
        for page in pages {
            let shown = try await ChildProcess.run(
                "/usr/bin/groff", ["-man", "-Tutf8", "-ww", "-W", "break", "-z", "\(directory.path)/\(page)"])
            #expect(shown.status == 0 && shown.errors == "", "\(page): \(shown.errors)")
        }
        let (found, text) = try await ServerProcess.run(["manual", "query"])
        #expect(found == 0 && text.contains("\\fBktsdb query range\\fR"), "\(text.prefix(500))")
        #expect(try await ServerProcess.run(["manual", "nosuch"]).status == 1)
    }

    @Test func `are completions of every command and flag`() async throws {
        let directory = TemporaryDirectory()
        let (status, script) = try await ServerProcess.run(["completion", "bash"])
        try #require(status == 0, "\(script)")
        func complete(_ words: String...) async throws -> Set<String> {
            let array = words.map { "'\($0)'" }.joined(separator: " ")
            let call = "COMP_WORDS=(\(array)); COMP_CWORD=\(words.count - 1); _ktsdb; echo \"${COMPREPLY[@]}\"\n"
            try (script + call).write(toFile: directory.path + "/call", atomically: true, encoding: .utf8)
            let output = try await ChildProcess.run("/usr/bin/env", ["bash", directory.path + "/call"])
            #expect(output.status == 0 && output.errors == "", "\(output.errors)")
            return Set(output.output.split { $0 == " " || $0 == "\n" }.map(String.init))
        }
        #expect(try await complete("ktsdb", "que") == ["query"])
        #expect(try await complete("ktsdb", "query", "").isSuperset(of: ["instant", "range", "explain", "functions"]))
        #expect(
            try await complete("ktsdb", "query", "range", "--format", "") == ["promql", "json", "text", "csv", "chart"])
        #expect(try await complete("ktsdb", "server", "--storage.tsdb.p") == ["--storage.tsdb.path"])
        #expect(try await complete("ktsdb", "--web.listen") == ["--web.listen-address"])
        #expect(try await complete("ktsdb", "silence", "").contains("add"))
        #expect(try await complete("ktsdb", "silence", "add", "--comm") == ["--comment"])
        #expect(try await complete("ktsdb", "check", "config", "--lint-f") == ["--lint-fatal"])
        for shell in ["zsh", "fish"] {
            let (code, text) = try await ServerProcess.run(["completion", shell])
            #expect(code == 0 && text.contains("storage.tsdb.path") && text.contains("label-matchers"))
        }
        #expect(try await ServerProcess.run(["completion", "tcsh"]).status == 1)
    }
}
