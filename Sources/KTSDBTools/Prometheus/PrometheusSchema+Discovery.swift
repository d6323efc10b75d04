internal import KTSDBNotify

extension PrometheusSchema {
    /// What all HTTP clients of Prometheus have.
    static let client =
        of(.fields(basicAuthorization), "basic_auth") + of(.fields(authorization), "authorization")
        + of(.fields(oauth2), "oauth2") + of(.fields(tls), "tls_config")
        + of(.text, "bearer_token", "bearer_token_file", "proxy_url", "no_proxy")
        + of(.flag, "follow_redirects", "enable_http2", "proxy_from_environment")
        + of(.tree, "proxy_connect_header", "http_headers")

    private static let basicAuthorization = ConfigurationSchema(
        "config.plain",
        of(.text, "username", "username_file", "username_ref", "password", "password_file", "password_ref"))

    private static let authorization = ConfigurationSchema(
        "config.Authorization", of(.text, "type", "credentials", "credentials_file", "credentials_ref"))

    private static let tls = ConfigurationSchema(
        "config.plain",
        of(
            .text, "ca", "cert", "key", "ca_file", "cert_file", "key_file", "ca_ref", "cert_ref", "key_ref",
            "server_name", "min_version", "max_version") + of(.flag, "insecure_skip_verify"))

    private static let oauth2 = ConfigurationSchema(
        "config.OAuth2",
        of(
            .text, "client_id", "client_secret", "client_secret_file", "client_secret_ref", "token_url", "proxy_url",
            "no_proxy", "client_certificate_key_id", "client_certificate_key", "client_certificate_key_file",
            "client_certificate_key_ref", "grant_type", "signature_algorithm", "iss", "audience")
            + of(.texts, "scopes") + of(.tree, "claims", "endpoint_params", "proxy_connect_header")
            + of(.flag, "proxy_from_environment") + of(.fields(tls), "tls_config")
    ) { values throws(NotifierConfigurationError) in
        for name in ["client_id", "token_url"] where values.text(name).isEmpty {
            throw NotifierConfigurationError("oauth2 \(name) must be configured")
        }
    }

    /// The ways in which targets are found.
    static let discovery =
        of(.list(targets), "static_configs")
        + of(
            .list(ConfigurationSchema("file.plain", of(.texts, "files") + of(.duration, "refresh_interval"))),
            "file_sd_configs")
        + of(.list(http), "http_sd_configs") + of(.list(dns), "dns_sd_configs")
        + of(.list(kubernetes), "kubernetes_sd_configs") + of(.list(consul), "consul_sd_configs")
        + of(.list(docker), "docker_sd_configs") + of(.list(swarm), "dockerswarm_sd_configs")
        + [
            "aws", "azure", "digitalocean", "ec2", "ecs", "elasticache", "eureka",
            "gce", "hetzner", "ionos", "kuma", "lightsail", "linode", "marathon", "msk", "nerve", "nomad", "oci",
            "openstack", "outscale", "ovhcloud", "puppetdb", "rds", "scaleway", "serverset", "stackit", "triton",
            "uyuni", "vultr",
        ].flatMap { of(.ignored, $0 + "_sd_configs") }

    private static let http = ConfigurationSchema(
        "http.plain", of(.text, "url") + of(.duration, "refresh_interval") + client
    ) { values throws(NotifierConfigurationError) in
        if values.text("url").isEmpty { throw NotifierConfigurationError("URL is missing") }
    }

    private static let dns = ConfigurationSchema(
        "dns.plain",
        of(.texts, "names") + of(.duration, "refresh_interval") + of(.text, "type") + of(.integer("int"), "port")
    ) { values throws(NotifierConfigurationError) in
        if values["names"] == nil {
            throw NotifierConfigurationError("DNS-SD config must contain at least one SRV record name")
        }
    }

    private static let filters = ConfigurationSchema("moby.Filter", of(.text, "name") + of(.texts, "values"))

    private static let docker = ConfigurationSchema(
        "moby.plain",
        of(.text, "host", "host_networking_host") + of(.integer("int"), "port") + of(.list(filters), "filters")
            + of(.duration, "refresh_interval") + of(.flag, "match_first_network") + client
    ) { values throws(NotifierConfigurationError) in
        if values.text("host").isEmpty { throw NotifierConfigurationError("host missing") }
    }

    private static let swarm = ConfigurationSchema(
        "moby.plain",
        of(.text, "host", "role") + of(.integer("int"), "port") + of(.list(filters), "filters")
            + of(.duration, "refresh_interval") + client
    ) { values throws(NotifierConfigurationError) in
        if values.text("host").isEmpty { throw NotifierConfigurationError("host missing") }
        let role = values.text("role")
        if role.isEmpty { throw NotifierConfigurationError("role missing (one of: tasks, services, nodes)") }
        if !["tasks", "services", "nodes"].contains(role) {
            throw NotifierConfigurationError("invalid role \(role), expected tasks, services, or nodes")
        }
    }

    private static let consul = ConfigurationSchema(
        "consul.plain",
        of(
            .text, "server", "path_prefix", "token", "datacenter", "namespace", "partition", "tag_separator", "scheme",
            "username", "password", "filter", "health_filter") + of(.flag, "allow_stale")
            + of(.duration, "refresh_interval") + of(.texts, "services", "tags") + of(.textMap, "node_meta") + client)

    private static let kubernetes = ConfigurationSchema(
        "kubernetes.plain",
        of(.text, "api_server", "role", "kubeconfig_file") + client
            + of(
                .fields(
                    ConfigurationSchema(
                        "kubernetes.plain", of(.texts, "names") + of(.flag, "own_namespace"))), "namespaces")
            + of(
                .list(ConfigurationSchema("kubernetes.SelectorConfig", of(.text, "role", "label", "field"))),
                "selectors")
            + of(
                .fields(
                    ConfigurationSchema(
                        "kubernetes.AttachMetadataConfig",
                        of(.flag, "node", "namespace", "deployment", "job", "cronjob"))),
                "attach_metadata")
    ) { values throws(NotifierConfigurationError) in
        let roles = ["pod", "service", "endpoints", "endpointslice", "node", "ingress"], role = values.text("role")
        if role.isEmpty {
            throw NotifierConfigurationError(
                "role missing (one of: pod, service, endpoints, endpointslice, node, ingress)")
        }
        if !roles.contains(role) {
            throw NotifierConfigurationError("unknown Kubernetes SD role \"\(role)\"")
        }
    }
}
