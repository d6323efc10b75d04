import KTSDBModel
import PrometheusWire
import Testing

@testable import KerpLoadModel

@Suite struct `Remote write of the load program` {
    /// The values in a request, decoded.
    private func values(_ body: [UInt8]) throws -> [Double] {
        var message = ByteWriter()
        try Snappy.decode(body.span, into: &message, limit: 1 << 24)
        var decoder = WriteRequestDecoder(), columns = SampleColumns()
        decoder.begin(message.count)
        while decoder.next(in: message.span, samples: &columns) {}
        #expect(!decoder.isMalformed)
        return (0..<columns.values.count).map { columns.values[$0] }
    }

    @Test func `has what scrapes would have stored`() throws {
        var service = Fixture.service(), batch = RemoteWriteBatch(job: "kerp-api")
        for second in [10, 20] {
            service.advance(to: Fixture.start + .seconds(second))
            batch.scrape(service)
        }
        let perScrape = service.instances.map { Fixture.values(of: $0).count + 1 }.reduce(0, +)
        #expect(batch.count == 2 * perScrape)
        #expect(try values(batch.takeBody()).count == 2 * perScrape && batch.count == 0)
    }

    @Test func `ends the series of an instance that is down, once`() throws {
        var service = Fixture.service(), batch = RemoteWriteBatch(job: "kerp-api")
        service.advance(to: Fixture.start + .seconds(61))
        batch.scrape(service)
        let up = service.instances.map { Fixture.values(of: $0).count + 1 }
        #expect(try values(batch.takeBody()).count { $0.isStaleMarker } == up[1] - 1)
        service.advance(to: Fixture.start + .seconds(62))
        batch.scrape(service)
        #expect(batch.count == up[0] + 1)
    }
}
