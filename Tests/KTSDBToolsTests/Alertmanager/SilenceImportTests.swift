import KTSDBNotify
import KTSDBTools
import Testing

@Suite struct SilenceImportTests {
    private func mesh(_ id: String, _ matchers: [[UInt8]], end: Int64, sets: [[[UInt8]]] = []) -> [UInt8] {
        SnapshotBytes.silence(id, matchers, end: end, sets: sets)
    }

    private func matcher(_ type: UInt64, _ name: String, _ value: String) -> [UInt8] {
        SnapshotBytes.matcher(type, name, value)
    }

    @Test func `a snapshot of Alertmanager is imported, without what is over`() {
        let snapshot =
            mesh("first", [matcher(0, "a", "b"), matcher(3, "c", "d.*")], end: 3600)
            + mesh("over", [matcher(0, "a", "b")], end: -1)
            + mesh("sets", [], end: 60, sets: [[matcher(1, "x", "y")], [matcher(2, "z", "")]])
        let ok = (200, #"{"silenceID":"new"}"#)
        let server = TestAlertmanager((404, "\"silence not found\""), ok, ok, ok)
        let output = server.run("silence", "import", input: snapshot)
        #expect(output.output == "new\nnew\nnew\n" && output.code == 0, "\(output)")
        #expect(server.requests.count == 4)
        #expect(
            server.requests[0].body.hasPrefix(#"{"id":"first","annotations":{},"comment":"planned","createdBy":"kim""#))
        #expect(!server.requests[1].body.contains("\"id\""))
        #expect(
            server.requests[0].body.contains(
                #"[{"isEqual":true,"isRegex":false,"name":"a","value":"b"},{"isEqual":false,"isRegex":true,"name":"c","value":"d.*"}]"#
            ))
        #expect(server.requests[2].body.contains(#"{"isEqual":true,"isRegex":true,"name":"x","value":"y"}"#))
        #expect(server.requests[3].body.contains(#"{"isEqual":false,"isRegex":false,"name":"z","value":""}"#))
    }

    @Test func `damaged snapshots are refused, at any cut`() {
        let snapshot = mesh("first", [matcher(0, "a", "b")], end: 3600)
        for cut in 1..<snapshot.count {
            let output = TestAlertmanager().run("silence", "import", input: Array(snapshot[..<cut]))
            #expect(output.code == 1)
        }
        for index in snapshot.indices {
            var bytes = snapshot
            bytes[index] ^= 0xFF
            _ = TestAlertmanager().run("silence", "import", input: bytes)
        }
    }

    // MARK: JSON

    @Test func `failures are counted, and the others are imported`() {
        let server = TestAlertmanager((200, #"{"silenceID":"1"}"#), (400, "\"bad\""))
        let output = server.run("silence", "import", "-f", input: Array(#"[{"id":"a"},{"id":"b"}]"#.utf8))
        #expect(output.output == "1\n" && output.code == 1)
        #expect(
            output.errors
                == "Error adding silence id='b': [POST /silences][400] postSilencesBadRequest  bad\n"
                + "amtool: error: couldn't import 1 out of 2 silences\n\n")
        #expect(!server.requests[0].body.contains("\"id\""))
    }

    @Test func `other input is refused`() {
        for text in ["", "{}", "[1", "{\"a\"", "no"] {
            let output = TestAlertmanager().run("silence", "import", input: Array(text.utf8))
            #expect(output.code == 1, "\(text)")
        }
        let missing = TestAlertmanager().run("silence", "import", "nosuch.json")
        #expect(missing.errors == "amtool: error: path 'nosuch.json' does not exist\n\n")
    }

    @Test func `what is exported can be imported`() {
        let listed = #"[{"id":"a","comment":"c","status":{"state":"active"},"matchers":[]}]"#
        let exported = TestAlertmanager((200, listed)).run("silence", "export").output
        let server = TestAlertmanager((200, #"{"silenceID":"a"}"#))
        #expect(server.run("silence", "import", input: Array(exported.utf8)).output == "a\n")
        #expect(server.requests[0].body == #"{"id":"a","comment":"c","matchers":[]}"#)
    }
}
