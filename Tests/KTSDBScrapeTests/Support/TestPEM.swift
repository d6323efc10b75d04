/// A certificate for nobody, its key, and the key of another one.
enum TestPEM {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBgDCCASegAwIBAgIUQgMsFTPUku3zpRNAjTsoZPytomcwCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKa3RzZGItdGVzdDAgFw0yNjExMjkwMTE4MjBaGA8yMTI2MTEw
        NTAxMTgyMFowFTETMBEGA1UEAwwKa3RzZGItdGVzdDBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABJ9mmHvZ9Gf1tv3O6motkkzgrjmA/+SqlvROfLLsPGOaFbbaEB8r
        Wzr/NNfmDW1s0V4Oddy1lOxKmxLE45IWeh2jUzBRMB0GA1UdDgQWBBTdKk8FtRKv
        ksLodINAT8seyOpVWDAfBgNVHSMEGDAWgBTdKk8FtRKvksLodINAT8seyOpVWDAP
        BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIEnXg7JpRTkmpq6D/9P7
        +3wzpeSpveJy4FSXyX/HAGCuAiBzv832IcKwyGjzs1jICXBQjp0IhKphfs+5mcMj
        Gv6HMw==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ5esrRAev1S32BrJ
        I358es/d++4yDEbI8Hm2983HREuhRANCAASfZph72fRn9bb9zupqLZJM4K45gP/k
        qpb0Tnyy7DxjmhW22hAfK1s6/zTX5g1tbNFeDnXctZTsSpsSxOOSFnod
        -----END PRIVATE KEY-----
        """

    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghI0G6jMlK0QbHvbd
        3NpcgalcayJmKvI9/Fq/00g6eguhRANCAAQJO++s+kNxn9fDpXf8BXn9HC8bCTww
        oCk/W6CPcLvH/MXN1iguFCka7JOSjyex2zt9vSvWBKdh60cDY9988KED
        -----END PRIVATE KEY-----
        """
}
