import KTSDBAccess
import KTSDBTesting
import NIOSSL
import Testing

@Suite struct `Names of certificates` {
    private static func der(_ pem: String) throws -> [UInt8] {
        try NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem).toDERBytes()
    }

    @Test func `are read from the extension`() throws {
        #expect(
            CertificateNames.names(der: try Self.der(TestCertificates.client)) == [
                "client.test", "a@client.test", "10.1.2.3", "2001:db8::1", "spiffe://client/x",
            ])
        #expect(CertificateNames.names(der: try Self.der(TestCertificates.server)) == ["localhost", "127.0.0.1"])
        #expect(CertificateNames.names(der: try Self.der(TestCertificates.authority)) == [])
    }

    @Test func `of malformed certificates are none, whatever is changed`() throws {
        let der = try Self.der(TestCertificates.client)
        for count in 0..<der.count { _ = CertificateNames.names(der: Array(der.prefix(count))) }
        for index in der.indices {
            for value: UInt8 in [0, 0x7f, 0x80, 0x84, 0xff] {
                var changed = der
                changed[index] = value
                #expect(CertificateNames.names(der: changed).count <= der.count)
            }
        }
        #expect(CertificateNames.names(der: []) == [])
    }
}
