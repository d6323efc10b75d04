import KTSDBScrape
import NIOHTTP1
import Testing

@Suite struct `Redirects of requests` {
    private func steps(from origin: String, _ locations: [String], status: Int = 302) throws -> [Redirects.Step?] {
        var redirects = Redirects(from: try #require(WebLocation(origin)))
        return try locations.map { try redirects.next(status: status, location: $0) }
    }

    @Test func `lead on, and keep the method only where the status says so`() throws {
        let step = try #require(try steps(from: "http://h/a", ["/b"])[0])
        #expect(step.location.text == "http://h/b" && !step.keepsMethod && step.keepsCredentials)
        #expect(try steps(from: "http://h/a", ["/b"], status: 308)[0]?.keepsMethod == true)
        for status in [200, 300, 304, 404] { #expect(try steps(from: "http://h/a", ["/b"], status: status)[0] == nil) }
        #expect(try steps(from: "http://h/a", [""])[0] == nil)
    }

    @Test func `end in an error where they go in a circle, on and on, or nowhere`() {
        #expect(throws: Redirects.Failure.circle) { try steps(from: "http://h/a", ["/b", "/a"]) }
        #expect(throws: Redirects.Failure.circle) { try steps(from: "http://h", ["/"]) }
        let endless = (0..<11).map { "/\($0)" }
        #expect(throws: Redirects.Failure.tooMany) { try steps(from: "http://h", endless) }
        #expect(throws: Never.self) { try steps(from: "http://h", Array(endless.dropLast())) }
        for place in ["ftp://h/", "http://", "mailto:a"] {
            #expect(throws: Redirects.Failure.malformed) { try steps(from: "http://h/a", [place]) }
        }
    }

    @Test(arguments: [
        ("http://h/a", ["http://h:81/"], true), ("http://h/a", ["https://h/"], true),
        ("http://h/a", ["http://H/"], true),
        ("http://h.test/a", ["http://a.h.test/"], true), ("http://h.test/", ["http://ah.test/"], false),
        ("http://a.h.test/", ["http://h.test/"], false), ("https://h/a", ["http://h/"], false),
        ("http://h/a", ["http://o/", "http://h/b"], false), ("http://[::1]/", ["http://[::1]:2/"], true),
    ])
    func `keep credentials with the host that they are for, for good`(
        origin: String, locations: [String], isKept: Bool
    ) throws {
        #expect(try steps(from: origin, locations).last??.keepsCredentials == isKept)
    }

    @Test func `take nothing secret to another host`() {
        var settings = HTTPClientSettings()
        settings.headers = [
            .init(name: "X-Key", values: [], secrets: [.text("s")]), .init(name: "X-Open", values: ["o"], secrets: []),
        ]
        var headers: HTTPHeaders = ["authorization": "a", "Cookie": "c", "x-key": "s", "X-Open": "o", "Accept": "t"]
        settings.removeCredentials(from: &headers)
        #expect(headers.map(\.name) == ["X-Open", "Accept"])
    }
}
