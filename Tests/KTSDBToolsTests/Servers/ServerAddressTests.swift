import KTSDBTools
import Testing

@Suite struct `The address of a server` {
    @Test func `is shown without its credentials`() throws {
        let address = try #require(ServerAddress("http://us%40er:p:w@h:1/pre//"))
        #expect(address.base == "http://h:1/pre")
        #expect(address.credentials == ServerAddress.Credentials(user: "us@er", password: "p:w"))
        #expect(try #require(ServerAddress("https://u@h")).credentials?.password == "")
    }

    @Test func `may lack the scheme where there is a preset`() {
        #expect(ServerAddress("h:9090", preset: "http")?.base == "http://h:9090")
        #expect(ServerAddress("[::1]:9090/a", preset: "http")?.base == "http://[::1]:9090/a")
        #expect(ServerAddress("h:9090") == nil)
    }

    @Test(arguments: ["", "http://", "ftp://h", "http://a b", "http://h:x", ":1", "http://h:99999"])
    func `is refused if it is malformed`(_ text: String) { #expect(ServerAddress(text, preset: "http") == nil) }
}
