import KTSDBServer
import Testing

@Suite struct `Paths in error texts` {
    private let paths = ClientPaths(dataDirectory: "/var/lib/ktsdb data/")

    @Test func `Files below the data directory are named as seen from it`() {
        #expect(
            paths.relative("/var/lib/ktsdb data/blocks/01.block is damaged: page 3")
                == "blocks/01.block is damaged: page 3")
        #expect(paths.relative("see \"/var/lib/ktsdb data//wal/7.wal\".") == "see \"wal/7.wal\".")
        #expect(paths.relative("/var/lib/ktsdb data is gone") == "the data directory is gone")
    }

    @Test func `Other files are named by their last name`() {
        #expect(paths.relative("/etc/ktsdb/prometheus.yml:3: no such field") == "prometheus.yml:3: no such field")
        #expect(paths.relative("cannot read /run/secrets/token: gone") == "cannot read token: gone")
        #expect(paths.relative("/var/lib/ktsdb database/x") == "ktsdb database/x")
    }

    @Test func `What is no absolute path stays`() {
        for text in [
            "", "a / b", "http://host:9090/metrics: refused", "data/wal/1.wal is gone", "1/2", "an \"and/or\"", "//",
            "/",
        ] {
            #expect(paths.relative(text) == text)
        }
    }
}
