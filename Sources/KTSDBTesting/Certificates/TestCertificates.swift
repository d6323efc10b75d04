/// Certificates for tests, valid until the year 2126 or so, and their keys: an authority, what it issued, and one that
/// nobody issued.
package enum TestCertificates {
    /// The authority.
    package static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBdTCCARqgAwIBAgIUe58W2OHFSe12XjuSDv1X9r5sI9AwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI5MjEyMjU5
        WhgPMjEyNjExMDUyMTIyNTlaMB8xHTAbBgNVBAMMFGt0c2RiIHRlc3QgYXV0aG9y
        aXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwedyfgCII2OAYAcWD2BD28LI
        Q9o5AXrwQTmPAFk37VJl8mrN6j6XsBCC6LgnUB96jivwx1WxD36ldOMLxcXqcqMy
        MDAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQU45PJz7A397ntNIiotUhArLOo
        VhQwCgYIKoZIzj0EAwIDSQAwRgIhAONlbH/msgb6LkdSsVT4Dgb8d5hXPG/gnVif
        hj9GcwMeAiEAzq1r1lP4Tn4ddjw6VMWo0IYkR/65+l3r5UHjKaGxtQA=
        -----END CERTIFICATE-----
        """

    /// For `localhost` and 127.0.0.1.
    package static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBoTCCAUagAwIBAgIUVQeOv6KLY7DBPPuNAa5cOvhe9xowCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI5MjEyMzAw
        WhgPMjEyNjExMDUyMTIzMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABBjcowh8TmNyQ2GWw2D2ziu6/MIdhTqJZu5Mkg/6
        8eg5pVKKPUDzydamedi+3cIMoSOz/gWsjgIF+p6jHc8BiRijaTBnMBoGA1UdEQQT
        MBGCCWxvY2FsaG9zdIcEfwAAATAJBgNVHRMEAjAAMB0GA1UdDgQWBBT8WzS0eevu
        mapebNVnChpcFKEs3TAfBgNVHSMEGDAWgBTjk8nPsDf3ue00iKi1SECss6hWFDAK
        BggqhkjOPQQDAgNJADBGAiEAy+V5hGYC/OWRfUi0wZz/TGCugmWltBi4EYMUB1zy
        fU8CIQCO4lQdKiyLpeE2inaAJ0ZADXo4nQhEhYf/uEZ9eizd2g==
        -----END CERTIFICATE-----
        """

    package static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZqiD9+fEcEyPlEsT
        haRP5mcFzd93lzgT433/sH4MbY2hRANCAAQY3KMIfE5jckNhlsNg9s4ruvzCHYU6
        iWbuTJIP+vHoOaVSij1A88nWpnnYvt3CDKEjs/4FrI4CBfqeox3PAYkY
        -----END PRIVATE KEY-----
        """

    /// For the same, and for `second.test`.
    package static let second = """
        -----BEGIN CERTIFICATE-----
        MIIBrjCCAVOgAwIBAgIUVQeOv6KLY7DBPPuNAa5cOvhe9xswCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI5MjEyMzAw
        WhgPMjEyNjExMDUyMTIzMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABP8v3VJrDTiWLuDLQlglc3hH7LZQdUXULj25E1++
        +Ac5BdO5m5KxKHHlkd7nHTSWNSjW/jGcj2fUKM4vvPXvuxmjdjB0MCcGA1UdEQQg
        MB6CCWxvY2FsaG9zdIILc2Vjb25kLnRlc3SHBH8AAAEwCQYDVR0TBAIwADAdBgNV
        HQ4EFgQUxM4JUv3UAF6il7rzKhcaKPt4YbgwHwYDVR0jBBgwFoAU45PJz7A397nt
        NIiotUhArLOoVhQwCgYIKoZIzj0EAwIDSQAwRgIhAMrTdzcwQ+GbJ9vZW6MJXTPl
        1i/8eyDSIR+l1p5iHLaIAiEA3PS1Zlto3NZgkjSPMLWdzcjMb9gqTnW8J8sEqml0
        2YU=
        -----END CERTIFICATE-----
        """

    package static let secondKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRCfHWVdTxUcsDxTB
        XIEnDYusYVehUtsNoEj5vFYGdSihRANCAAT/L91Saw04li7gy0JYJXN4R+y2UHVF
        1C49uRNfvvgHOQXTuZuSsShx5ZHe5x00ljUo1v4xnI9n1CjOL7z177sZ
        -----END PRIVATE KEY-----
        """

    /// A client with five names: `client.test`, a mail address, two IP addresses and a URI.
    package static let client = """
        -----BEGIN CERTIFICATE-----
        MIIB1TCCAXugAwIBAgIUVQeOv6KLY7DBPPuNAa5cOvhe9xwwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI5MjEyMzAw
        WhgPMjEyNjExMDUyMTIzMDBaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABEn2e95jqREAj6b45FK+vynDCaw0N6lbl/5FHwfJzRYx
        S4YDD0uHqL0i7TmrN0FuhepRgicWK8K3Hy26633rb2OjgaAwgZ0wUAYDVR0RBEkw
        R4ILY2xpZW50LnRlc3SBDWFAY2xpZW50LnRlc3SHBAoBAgOHECABDbgAAAAAAAAA
        AAAAAAGGEXNwaWZmZTovL2NsaWVudC94MAkGA1UdEwQCMAAwHQYDVR0OBBYEFO70
        0qzoJsdewb2wA85agApRnY1GMB8GA1UdIwQYMBaAFOOTyc+wN/e57TSIqLVIQKyz
        qFYUMAoGCCqGSM49BAMCA0gAMEUCIQCmZymH0WzN6FpmNWMOSirpyW/UhyYKxv+z
        2suDu6E3MwIgC3Tr5A657e7lTbwvvd3iwY1r835Y7O0oZE3ktPII5DE=
        -----END CERTIFICATE-----
        """

    package static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeoWMSq35Jv5pBWQe
        97I8KkmpirG77ZdwHc1qzy+rTlihRANCAARJ9nveY6kRAI+m+ORSvr8pwwmsNDep
        W5f+RR8Hyc0WMUuGAw9Lh6i9Iu05qzdBboXqUYInFivCtx8tuut9629j
        -----END PRIVATE KEY-----
        """

    /// A client that issued its own certificate, with the name `client.test`.
    package static let stray = """
        -----BEGIN CERTIFICATE-----
        MIIBjzCCATWgAwIBAgIUNpllGaxr41umIZjqXO/t7lxcTqEwCgYIKoZIzj0EAwIw
        EDEOMAwGA1UEAwwFc3RyYXkwIBcNMjYxMTI5MjEyMzAwWhgPMjEyNjExMDUyMTIz
        MDBaMBAxDjAMBgNVBAMMBXN0cmF5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
        H9oexp4srf3AWIrfB2AOiOICGol0xIeXphzFgTqzp3CStjE2HkY5NWsvwgddgqQv
        1u5HjiC+7T0yBuO+JtoWYKNrMGkwHQYDVR0OBBYEFGCrN32MFh6isRq9BZKqwUYQ
        0xjQMB8GA1UdIwQYMBaAFGCrN32MFh6isRq9BZKqwUYQ0xjQMA8GA1UdEwEB/wQF
        MAMBAf8wFgYDVR0RBA8wDYILY2xpZW50LnRlc3QwCgYIKoZIzj0EAwIDSAAwRQIh
        ANQjCTZXrmhCoWNFkp5Fhqg/pbZLnrQEiDhphxOcbu/iAiBM1295/jgedwAbyd21
        EaaKJNHhv7Yqun0lHzBAD3I+1g==
        -----END CERTIFICATE-----
        """

    package static let strayKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbQU7v10BxQxhM0lO
        IdehjdxyzrloS83+Vwrn2T07C7mhRANCAAQf2h7Gniyt/cBYit8HYA6I4gIaiXTE
        h5emHMWBOrOncJK2MTYeRjk1ay/CB12CpC/W7keOIL7tPTIG474m2hZg
        -----END PRIVATE KEY-----
        """
}
