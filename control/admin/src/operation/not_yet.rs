//! The operations of apigatewayv2 that are not built yet: known by path, refused by name.
//!
//! From the published service model. When one is built, its row moves to the table in `mod.rs`.

use super::Unsupported;

#[rustfmt::skip]
pub(super) const NOT_YET: &[Unsupported] = &[
    ("GET", "/v2/portalproducts", "ListPortalProducts"),
    ("POST", "/v2/portalproducts", "CreatePortalProduct"),
    ("DELETE", "/v2/portalproducts/{}", "DeletePortalProduct"),
    ("GET", "/v2/portalproducts/{}", "GetPortalProduct"),
    ("PATCH", "/v2/portalproducts/{}", "UpdatePortalProduct"),
    ("GET", "/v2/portalproducts/{}/productpages", "ListProductPages"),
    ("POST", "/v2/portalproducts/{}/productpages", "CreateProductPage"),
    ("DELETE", "/v2/portalproducts/{}/productpages/{}", "DeleteProductPage"),
    ("GET", "/v2/portalproducts/{}/productpages/{}", "GetProductPage"),
    ("PATCH", "/v2/portalproducts/{}/productpages/{}", "UpdateProductPage"),
    ("GET", "/v2/portalproducts/{}/productrestendpointpages", "ListProductRestEndpointPages"),
    ("POST", "/v2/portalproducts/{}/productrestendpointpages", "CreateProductRestEndpointPage"),
    ("DELETE", "/v2/portalproducts/{}/productrestendpointpages/{}",
        "DeleteProductRestEndpointPage"),
    ("GET", "/v2/portalproducts/{}/productrestendpointpages/{}", "GetProductRestEndpointPage"),
    ("PATCH", "/v2/portalproducts/{}/productrestendpointpages/{}", "UpdateProductRestEndpointPage"),
    ("DELETE", "/v2/portalproducts/{}/sharingpolicy", "DeletePortalProductSharingPolicy"),
    ("GET", "/v2/portalproducts/{}/sharingpolicy", "GetPortalProductSharingPolicy"),
    ("PUT", "/v2/portalproducts/{}/sharingpolicy", "PutPortalProductSharingPolicy"),
    ("GET", "/v2/portals", "ListPortals"),
    ("POST", "/v2/portals", "CreatePortal"),
    ("DELETE", "/v2/portals/{}", "DeletePortal"),
    ("GET", "/v2/portals/{}", "GetPortal"),
    ("PATCH", "/v2/portals/{}", "UpdatePortal"),
    ("POST", "/v2/portals/{}/preview", "PreviewPortal"),
    ("DELETE", "/v2/portals/{}/publish", "DisablePortal"),
    ("POST", "/v2/portals/{}/publish", "PublishPortal"),
];
