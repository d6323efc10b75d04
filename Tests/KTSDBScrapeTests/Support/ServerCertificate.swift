import NIOSSL

/// A certificate for `localhost`, `mail.test` and 127.0.0.1, which is its own authority, and its key.
enum ServerCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBcjCCARigAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
        c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
        CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGXKfB1bJ2podS5g
        6KS13YeOO0S0KEZo39uabAbUZmFaRpWTZ11tNnz6vQ1G0u6QzQB5O2sE9wnpyL4O
        SIK/IEmjWTBXMA8GA1UdEwEB/wQFMAMBAf8wJQYDVR0RBB4wHIIJbG9jYWxob3N0
        ggltYWlsLnRlc3SHBH8AAAEwHQYDVR0OBBYEFLUQEsEzVRHfJZdxSwwftllA8UN7
        MAoGCCqGSM49BAMCA0gAMEUCIAr1az7XVSotkk3hsOPwwcWkPgeZBiTOScbzMCjj
        qZDrAiEAvs7WII3ZkZbhSe1T7m536s6tUmBEB2iHPKQ6mSGeFEI=
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1GkiZsXCazLcXgjX
        9sa5cYxrxQnwJ/vaweLY8UzW8O6hRANCAARlynwdWydqaHUuYOiktd2HjjtEtChG
        aN/bmmwG1GZhWkaVk2ddbTZ8+r0NRtLukM0AeTtrBPcJ6ci+DkiCvyBJ
        -----END PRIVATE KEY-----
        """

    /// For servers; `authorities` are those whose certificates clients must have.
    static func context(clientsOf authorities: String? = nil) throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
        if let authorities {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8)))
            configuration.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
