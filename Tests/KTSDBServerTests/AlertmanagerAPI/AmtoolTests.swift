import Foundation
import Testing

/// The packaged amtool talks to this server, and ours prints what it prints.
@Suite struct AmtoolTests {
    private func id(_ output: AmtoolPeer.Output) -> String { output.output.filter { $0 != "\n" } }

    @Test func `alerts are added and queried`() async throws {
        try await AmtoolPeer.run { peer in
            let added = try await peer.amtool(
                "alert", "add", "APIDown", "severity=critical", "--annotation=summary=it is <down>",
                "--start=2026-01-01T00:00:00Z", "--end=2036-01-01T00:00:00Z", "--generator-url=http://p.example/g")
            #expect(added == AmtoolPeer.Output(output: "", errors: "", code: 0))
            let own = await peer.own("alert", "add", "Other", "team=db", "--end=2036-01-01T00:00:00Z")
            #expect(own == AmtoolPeer.Output(output: "", errors: "", code: 0))
            let listed = try await peer.amtool("alert", "query", "severity=~crit.*").output
            #expect(
                listed
                    == "Alertname  Starts At                Summary       State   \n"
                    + "APIDown    2026-01-01 00:00:00 UTC  it is <down>  active  \n")
            try await peer.expectSame("alert", "query")
            try await peer.expectSame("-o", "extended", "alert", "query")
            try await peer.expectSame("alert", "query", "-r", "pag.*")
            try await peer.expectSame("alert", "query", "-i")
            try await peer.expectSame("alert", "query", "bad matcher==")
            try await peer.expectSame("alert", "query", "--receiver=(")
            try await peer.expectSame("alert", "add")
            try await peer.expectSame("alert", "add", "x", "a!=b")
        }
    }

    @Test func `silences are added, listed, updated, ended and imported`() async throws {
        try await AmtoolPeer.run { peer in
            let first = id(try await peer.amtool("silence", "add", "a=b", "c=~d.*", "-c", "planned", "-a", "kim"))
            let second = id(await peer.own("silence", "add", "Name", "-c", "c", "-a", "ann", "-d", "2h"))
            #expect(first.count == 36 && second.count == 36)
            try await peer.expectSame("silence", "query")
            try await peer.expectSame("-o", "extended", "silence", "query", "--created-by=kim")
            try await peer.expectSame("silence", "query", "-q", "a=b")
            try await peer.expectSame("silence", "query", "--within=90m")
            let updated = try await peer.amtool(
                "silence", "update", "-c", "longer", "--end=2036-01-01T00:00:00Z", first)
            #expect(updated.code == 0 && updated.output.contains("2036-01-01 00:00:00 UTC  kim         longer"))
            let exported = try await peer.amtool("-o", "json", "silence", "query").output
            #expect(try await peer.amtool("silence", "expire", first).code == 0)
            #expect(await peer.own("silence", "expire", second).code == 0)
            try await peer.expectSame("silence", "query", "--expired", "-q", "a=b")
            try await peer.expectSame("silence", "query")
            let imported = try await peer.amtool("silence", "import", "--force", input: exported)
            #expect(imported.code == 0 && imported.output.split(separator: "\n").count == 2, "\(imported)")
            let again = await peer.own("silence", "import", input: exported)
            #expect(again.code == 0 && again.output.split(separator: "\n").count == 2, "\(again)")
            try await peer.expectSame("silence", "expire")
            try await peer.expectSame("silence", "add", "-c", "no matcher")
            try await peer.expectSame("silence", "add", "a=", "-c", "c")
            try await peer.expectSame("silence", "add", "a=b", "-c", "c", "-d", "soon")
            try await peer.expectSame("silence", "add", "a=b")
        }
    }

    @Test func `configuration, routes and cluster are shown`() async throws {
        try await AmtoolPeer.run { peer in
            try await peer.expectSame("config", "show")
            try await peer.expectSame("config", "routes")
            try await peer.expectSame("config", "routes", "test", "severity=critical", "team=db1")
            try await peer.expectSame("config", "routes", "test", "--tree", "severity=critical", "team=db1")
            try await peer.expectSame("config", "routes", "test", "--verify.receivers=x", "team=web")
            try await peer.expectSame("config", "routes", "test", "team")
            try await peer.expectSame("cluster", "show")
            let routes = try await peer.amtool("config", "routes", "test", "severity=critical", "team=db1")
            #expect(routes.output == "pager,db\n")
        }
    }

    @Test func `files are checked and templates rendered`() async throws {
        try await AmtoolPeer.run { peer in
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent("amtool-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            let file = directory.appendingPathComponent("am.yml").path
            try AmtoolPeer.configuration.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await peer.amtool("check-config", file).output.contains("3 receivers"))
            try await peer.expectSame("check-config", file)
            try await peer.expectSame("config", "routes", "show", "--config.file=\(file)")
            let template = directory.appendingPathComponent("x.tmpl").path
            try #"{{ define "x" }}{{ .Status | toUpper }} {{ len .Alerts }}{{ end }}"#.write(
                toFile: template, atomically: true, encoding: .utf8)
            try await peer.expectSame(
                "template", "render", "--template.glob=\(template)",
                #"--template.text={{ template "x" . }} {{ .CommonLabels.commonlabelkey1 }} {{ .GroupLabels.SortedPairs.Values }}"#
            )
        }
    }

    @Test func `whoever is not there is named`() async throws {
        try await AmtoolPeer.run { _ in
            let ours = await AmtoolPeer.nowhere.own("alert", "query")
            let theirs = try await AmtoolPeer.nowhere.amtool("alert", "query")
            #expect(ours == theirs && ours.errors.contains("connect: connection refused"))
        }
    }
}
