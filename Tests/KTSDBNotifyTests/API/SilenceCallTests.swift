import KTSDBModel
import KTSDBNotify
import PrometheusWire
import Testing

@Suite struct SilenceCallTests {
    private func id(_ outcome: APIOutcome) throws -> String {
        try #require(try JSONTreeParser.parse(outcome.answer.encoded)["silenceID"]?.text)
    }

    @Test func `a silence is created, shown, changed, ended and kept`() throws {
        var api = try TestAPI()
        let first = try id(api.send("POST", "/silences", api.silence()))
        #expect(api.answer("GET", "/silence/\(first)").contains(#""status":{"state":"active"}"#))
        let second = try id(api.send("POST", "/silences", api.silence(id: first, end: 7200)))
        #expect(second == first)
        let third = try id(api.send("POST", "/silences", api.silence(id: first, start: 60)))
        #expect(third != first)
        #expect(api.answer("DELETE", "/silence/\(third)") == "200 ")
        api.now = api.now + .seconds(1)
        #expect(api.answer("DELETE", "/silence/\(third)") == "200 ")
        #expect(api.answer("GET", "/silence/\(third)").contains(#""state":"expired""#))
        #expect(api.notifier.takeChanges().silences == [first, third])
    }

    @Test func `lists have the wanted states and matchers`() throws {
        var api = try TestAPI()
        let active = try id(api.send("POST", "/silences", api.silence()))
        let pending = try id(api.send("POST", "/silences", api.silence(start: 60)))
        let other = #"[{"name":"x","value":"y.*","isRegex":true,"isEqual":false}]"#
        let ended = try id(api.send("POST", "/silences", api.silence(matchers: other)))
        _ = api.send("DELETE", "/silence/\(ended)")
        api.now = api.now + .seconds(1)
        func ids(_ query: String) throws -> [String?] {
            guard case .array(let list) = try JSONTreeParser.parse(api.send("GET", "/silences" + query).answer.encoded)
            else { return [] }
            return list.map { $0["id"]?.text }
        }
        #expect(try ids("") == [active, pending, ended])
        #expect(try ids("?active=false") == [pending, ended])
        #expect(try ids("?expired=false&pending=false") == [active])
        #expect(try ids("?expired=false&pending=false&active=false") == [])
        #expect(try ids("?filter=x!~%22y.*%22") == [ended])
        #expect(try ids("?filter=a%3Db&filter=c%3Dd") == [])
        #expect(api.answer("GET", "/silences?filter=%7Ba%3Db%7D").hasPrefix("400 \"unexpected open or close brace"))
    }

    @Test func `what can silence nothing, or everything, is refused`() throws {
        var api = try TestAPI()
        let empty = #"[{"name":"a","value":"","isRegex":false}]"#
        #expect(
            api.answer("POST", "/silences", api.silence(matchers: empty))
                == "400 \"invalid silence: matcher set 0: at least one matcher must not match the empty string\"")
        #expect(
            api.answer("POST", "/silences", api.silence(start: 60, end: 60))
                == "400 \"Failed to create silence: start time must be before end time\"")
        #expect(
            api.answer("POST", "/silences", api.silence(start: -60, end: -30))
                == "400 \"Failed to create silence: end time can't be in the past\"")
        let open = #"[{"name":"a","value":"(","isRegex":true}]"#
        #expect(
            api.answer("POST", "/silences", api.silence(matchers: open))
                .hasPrefix(
                    "400 \"invalid silence: invalid label matcher 0 in set 0: invalid regular expression \\\"(\\\": "))
        #expect(
            api.answer("POST", "/silences", api.silence(id: "6f0b5d35-6b0b-4c2f-8f39-9d5c1a1a0c11"))
                == "404 \"silence not found\"")
        #expect(api.notifier.silences.count == 0)
    }

    @Test func `of several things that are missing the first one in Alertmanager's order is named`() throws {
        var api = try TestAPI()
        func message(_ body: String) -> String { api.answer("POST", "/silences", body) }
        #expect(message("{}") == #"422 {"code":602,"message":"comment in body is required"}"#)
        #expect(message(#"{"comment":""}"#).contains("createdBy in body is required"))
        #expect(message(#"{"comment":"","createdBy":""}"#).contains("endsAt in body is required"))
        let begun = #""comment":"","createdBy":"","endsAt":"2030-01-01T00:00:00Z""#
        #expect(message("{\(begun)}").contains("matchers in body is required"))
        #expect(
            message("{\(begun),\"matchers\":[]}")
                == #"422 {"code":612,"message":"matchers in body should have at least 1 items"}"#)
        #expect(message("{\(begun),\"matchers\":[{}]}").contains("matchers.0.isRegex in body is required"))
        #expect(
            message("{\(begun),\"matchers\":[{\"isRegex\":true}]}").contains("matchers.0.name in body is required"))
        let matcher = #"{"isRegex":false,"name":"a","value":"b"}"#
        #expect(message("{\(begun),\"matchers\":[\(matcher)]}").contains("startsAt in body is required"))
        #expect(message("null").contains("comment in body is required"))
        #expect(
            message(#"{"matchers":[{"isRegex":"x"}]}"#)
                .contains("cannot unmarshal string into Go struct field Matcher.matchers.isRegex of type bool"))
    }

    @Test func `an id that is not a UUID is refused, an unknown one is not found`() throws {
        var api = try TestAPI()
        for method in ["GET", "DELETE"] {
            #expect(
                api.answer(method, "/silence/nope")
                    == #"422 {"code":601,"message":"silenceID in path must be of type uuid: \"nope\""}"#)
            #expect(api.answer(method, "/silence/6f0b5d35-6b0b-4c2f-8f39-9d5c1a1a0c11") == "404 ")
        }
    }

    @Test func `limits of silences are those that were set`() throws {
        var api = try TestAPI()
        var settings = NotifierSettings()
        settings.silenceLimits.silenceCountLimit = 1
        api.notifier.apply(settings, at: api.now)
        _ = api.send("POST", "/silences", api.silence())
        #expect(
            api.answer("POST", "/silences", api.silence())
                == "400 \"exceeded maximum number of silences: 1 (limit: 1)\"")
    }
}
