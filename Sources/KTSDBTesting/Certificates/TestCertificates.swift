/// Certificates for tests, valid from 2020 to 2119, and their keys: an authority, what it issued, and one that nobody
/// issued.
package enum TestCertificates {
    /// The authority.
    package static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBUzCB+6ADAgECAhQ/EQVDXGsxQA8SOGA2HYsEV1tE5jAKBggqhkjOPQQDAjAf
        MR0wGwYDVQQDDBRrdHNkYiB0ZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBa
        GA8yMTIwMDEwMTAwMDAwMFowHzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3Jp
        dHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARX8Wy9GYAnjwFGM1EjxpkG10BZ
        tI08919Bhlr720vVvr3zW10FCKJSqAmGYjLVZ0AlnF7jfemM/MoVtx9cwJ2yoxMw
        ETAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIE/ScBnBt5M3ay2y
        1iGHqsvEMIfYsTq7t62imjDG8XaHAiABibR1Gd0k84QMDQEyg33A4VuVvlgzeECR
        GxODMPd0Gg==
        -----END CERTIFICATE-----
        """

    /// For `localhost` and 127.0.0.1.
    package static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBYjCCAQmgAwIBAgIUCRzHc3rpFmhCbmxIw3+AHqGQrGYwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAw
        WhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABGkgk/uXkZWkVuPMF6SZO15KDBkZCopK720dCq6s
        A9p/rZ0wwoY0114EU9kXEOXYtojYqj83cyXmqSCPacIBI6GjLDAqMAwGA1UdEwEB
        /wQCMAAwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAoGCCqGSM49BAMCA0cA
        MEQCIGOEmH7ePMXrp7SiZNI5wtfA/36xC4ukIUNlH+26a73DAiBo+ufSx3HlRMKh
        MQcOcN5uwRCJMNhu2Qh9iecwx1B39w==
        -----END CERTIFICATE-----
        """

    package static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyZgKxF7QyxPi9c/E
        7zv2VV5/p6hjA++VRUFrLazlNUyhRANCAARpIJP7l5GVpFbjzBekmTteSgwZGQqK
        Su9tHQqurAPaf62dMMKGNNdeBFPZFxDl2LaI2Ko/N3Ml5qkgj2nCASOh
        -----END PRIVATE KEY-----
        """

    /// For the same, and for `second.test`.
    package static let second = """
        -----BEGIN CERTIFICATE-----
        MIIBcDCCARagAwIBAgIUMIvx7ZrwcEr4Ul0k+8IK/Kycoy0wCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAw
        WhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABDs9cAuGWzrOAbbzO+FlTUxtdKDF6JxIylQ8FJRV
        o/VqhegGS3d5pFFNfOR4NiJeKS1zWPmO0/L4P6qgSqkDVnKjOTA3MAwGA1UdEwEB
        /wQCMAAwJwYDVR0RBCAwHoIJbG9jYWxob3N0ggtzZWNvbmQudGVzdIcEfwAAATAK
        BggqhkjOPQQDAgNIADBFAiEAwjt6r4XUsuFjmigRFr5GAcvVzZbj2Y3VFW0ShKuX
        +CUCIHSxIue914paf6/Xs7fjBCMY8L9kDydWdfEGqoY5zAHr
        -----END CERTIFICATE-----
        """

    package static let secondKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGVMnP7ZEbyrywszd
        NQJEQOr46z1dW4nvwsEUCDlAOryhRANCAAQ7PXALhls6zgG28zvhZU1MbXSgxeic
        SMpUPBSUVaP1aoXoBkt3eaRRTXzkeDYiXiktc1j5jtPy+D+qoEqpA1Zy
        -----END PRIVATE KEY-----
        """

    /// A client with five names: `client.test`, a mail address, two IP addresses and a URI.
    package static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATygAwIBAgIUOAJm7TXGYwMQsWZdt+4jnnBrpPYwCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUa3RzZGIgdGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAw
        WhgPMjEyMDAxMDEwMDAwMDBaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABDtt1YoLvkIphl/5xSA9FPvT4+dO5UgdQAEJZ9Ei0L5L
        wZrtpHJPy5LV8hyOh16Qio3qV4gzeabIrhztBhLYj6+jYjBgMAwGA1UdEwEB/wQC
        MAAwUAYDVR0RBEkwR4ILY2xpZW50LnRlc3SBDWFAY2xpZW50LnRlc3SHBAoBAgOH
        ECABDbgAAAAAAAAAAAAAAAGGEXNwaWZmZTovL2NsaWVudC94MAoGCCqGSM49BAMC
        A0gAMEUCIQCBKLp8HomkgXUXzdUm2ilLc27xhlOJICM7ln8yBCtoLAIgD4DtFiJw
        jqcm71b5IW+hXjEofRVZAPxCrXYchaIQ3mU=
        -----END CERTIFICATE-----
        """

    package static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFxUNgfhamFzUYjHP
        ODJHwvOTMZY4CCgpF/qXpTWdqaahRANCAAQ7bdWKC75CKYZf+cUgPRT70+PnTuVI
        HUABCWfRItC+S8Ga7aRyT8uS1fIcjodekIqN6leIM3mmyK4c7QYS2I+v
        -----END PRIVATE KEY-----
        """

    /// A client that issued its own certificate, with the name `client.test`.
    package static let stray = """
        -----BEGIN CERTIFICATE-----
        MIIBSzCB8qADAgECAhQ8it77VDh/VtfyO9QnxaCkeb2wdTAKBggqhkjOPQQDAjAQ
        MQ4wDAYDVQQDDAVzdHJheTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
        MFowEDEOMAwGA1UEAwwFc3RyYXkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT+
        p0Xtv2UYtzORWdvpMefLNMemdUmcwwu0DvVaiOcoWz3R3bjSHrAfpy/b0wRkQhb2
        Hze5YTHDkZ9Bk8jpf7W2oygwJjAMBgNVHRMBAf8EAjAAMBYGA1UdEQQPMA2CC2Ns
        aWVudC50ZXN0MAoGCCqGSM49BAMCA0gAMEUCIQCDhidfplR5SdWrmvYXZIBIg9CG
        ugBGAJsg0V3peXo32QIgfpO+5nxrzSPWo3GZOO1cuXQAkKLX+z30ZSuBuRYWtEM=
        -----END CERTIFICATE-----
        """

    package static let strayKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbGnqWbaj7ObAFEqQ
        eOiKJU6lqY5TBDlJs0k94wTLai6hRANCAAT+p0Xtv2UYtzORWdvpMefLNMemdUmc
        wwu0DvVaiOcoWz3R3bjSHrAfpy/b0wRkQhb2Hze5YTHDkZ9Bk8jpf7W2
        -----END PRIVATE KEY-----
        """
}
