import KTSDBNotify
import Testing

@Suite struct APIEndpointTests {
    @Test func `the status has the configuration and the version`() throws {
        var api = try TestAPI()
        #expect(
            api.answer("GET", "/status")
                == #"200 {"cluster":{"peers":[],"status":"disabled"},"config":{"original":"route: {}\n"},"#
                + #""uptime":"2027-01-15T08:00:00.000Z","versionInfo":{"branch":"","buildDate":"","buildUser":"","#
                + #""goVersion":"","revision":"","version":"0.34.0"}}"#)
    }

    @Test func `receivers are listed in the order of the configuration, with labels`() throws {
        var api = try TestAPI()
        #expect(
            api.answer("GET", "/receivers?receiver_matchers=team%3Dday")
                == #"200 [{"labels":{"name":"default","team":"day"},"name":"default"},"#
                + #"{"labels":{"name":"unused","team":"day"},"name":"unused"}]"#)
        #expect(
            api.answer("GET", "/receivers?receiver_matchers=team")
                .hasPrefix("400 \"failed to parse receiver_matchers param: "))
    }

    @Test func `unknown paths and methods are named`() throws {
        var api = try TestAPI()
        #expect(api.answer("GET", "/nope") == #"404 {"code":404,"message":"path /api/v2/nope was not found"}"#)
        #expect(api.answer("GET", "/silence/a/b").hasPrefix("404 "))
        let outcome = api.send("PUT", "/alerts")
        #expect(outcome.answer.status == 405 && outcome.answer.allowed == ["GET", "POST"])
        #expect(
            api.answer("PUT", "/alerts")
                == #"405 {"code":405,"message":"method PUT is not allowed, but [GET,POST] are"}"#)
        #expect(api.answer("GET", "/alerts/") == "200 []")
    }

    @Test func `types other than JSON are refused`() throws {
        var api = try TestAPI()
        let form = api.send("POST", "/alerts", "[]", type: "application/x-www-form-urlencoded").answer
        #expect(form.status == 415)
        #expect(
            String(decoding: form.encoded, as: UTF8.self).contains(
                #"unsupported media type \"application/x-www-form-urlencoded\", only [application/json] are allowed"#))
        #expect(api.send("POST", "/alerts", "[]", type: "Application/JSON; charset=utf-8").answer.status == 200)
        #expect(api.send("GET", "/alerts", accept: "text/html").answer.status == 406)
        for accept in ["*/*", "text/html, application/json;q=0.9", "application/*", ""] {
            #expect(api.send("GET", "/alerts", accept: accept).answer.status == 200)
        }
    }

    @Test func `hostile queries are answered`() throws {
        var api = try TestAPI()
        for query in ["%", "filter=%zz", "&&=&", "filter=%ff%fe=%00", "active", "receiver=%5B"] {
            #expect([200, 400].contains(api.send("GET", "/alerts?" + query).answer.status))
        }
        let many = String(repeating: "active=true&", count: 100_000)
        #expect(api.send("GET", "/alerts?" + many).answer.status == 200)
    }
}
