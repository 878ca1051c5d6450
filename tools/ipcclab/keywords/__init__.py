"""The keywords of the Robot library, one module per topic. `ipcclab.IpccLibrary` assembles them."""
