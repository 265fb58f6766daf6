const list = (text: string): string[] => text.trim().split(/\s+/);

/** The words of titles, without the two that are searched for. */
export const words = list(`
  Acme Apex Arbor Ardent Atlas Aurora Axiom Azure Balance Banner Bayside Beacon Bedrock Birch Bluefin Bolt
  Borealis Boulder Bramble Bridge Bright Brook Cable Cactus Calico Canyon Cargo Cascade Castle Cedar Central
  Chalk Cherry Cinder Circle Citadel Civic Clover Coastal Cobalt Comet Compass Copper Coral Corner Cotton
  Crater Crescent Crest Crimson Crown Crystal Cypress Dahlia Dawn Delta Desert Diamond Dolphin Dragon Drift
  Dune Eagle Echo Eclipse Elbe Elm Ember Emerald Epoch Estate Everest Falcon Feather Fern Field Fjord Flint
  Forest Forge Fossil Fountain Fox Frontier Galaxy Garden Garnet Gateway Glacier Glass Golden Granite Grove
  Gull Harbor Harvest Hawk Hazel Heather Helix Heron Hill Hollow Horizon Hudson Iceberg Impulse Indigo Inlet
  Iris Iron Island Ivory Ivy Jade Jasmine Jasper Jupiter Kestrel Keystone Kite Lagoon Lake Lantern Larch
  Lark Laurel Legacy Lemon Lighthouse Lilac Lime Linden Lotus Lumen Lunar Magnet Mango Maple Marble Marina
  Mars Meadow Mercury Meridian Mesa Meteor Mill Mint Mirror Monarch Mosaic Moss Motion Mountain Nebula Nickel
  Nimbus Noble North Nova Oak Oasis Obsidian Ocean Olive Onyx Opal Orbit Orchard Orchid Osprey Otter Palm
  Panther Paper Parade Park Path Peak Pearl Pebble Pepper Phoenix Pilot Pine Pioneer Planet Plaza Polar Pond
  Poplar Prairie Prism Quarry Quartz Quill Radiant Rail Rainbow Raven Reef Ridge River Robin Rocket Rose Ruby
  Saddle Saffron Sage Sail Sand Sapphire Satin Savanna Scarlet Sequoia Shadow Shell Shore Sierra Signal Silver
  Sky Slate Solar Sparrow Spring Spruce Star Steel Stone Storm Stream Summit Sun Swift Tango Teal Temple
  Thistle Thunder Tide Tiger Timber Topaz Tower Trail Tulip Tundra Union Valley Vector Velvet Venture Vertex
  Violet Vista Volt Walnut Wave West Wheat Willow Wind Winter Wolf Wood Yarrow Zenith Zephyr
  Audit Branch Bundle Campaign Catering Chatbot Consulting Contract Delivery Design Expansion Fleet Hardware
  Hosting Integration Inventory Launch Licences Logistics Maintenance Migration Network Onboarding Outreach
  Packaging Payroll Platform Portal Printing Programme Quote Redesign Refit Rollout Security Services Shipping
  Storage Studio Subscription Supply Support Survey Training Translation Upgrade Warehouse Website Workshop
`);

/** In about 30% of the titles. */
export const commonWord = 'Renewal';

/** In 20 titles of every board of any size. */
export const rareWord = 'Zanzibar';
export const rareCount = 20;

export const firstNames = list(`
  Aiko Amara Anya Budi Chiara Claire Daniel Dewi Elena Fatima Grace Hannah Hugo Ingrid Joko John José Liam Mateo
  Mei Noah Olivia Omar Peter Priya Rizky Samuel Siti Tom Victor Zoë
`);

export const lastNames = list(`
  Álvarez Becker Brown Chen Dubois García Haddad Hidayat Kim Lefèvre Lestari Mbeki Müller Novák Nwosu Okafor
  Petrova Prasetyo Rahayu Raman Rossi Santoso Schmidt Sharma Silva Smith Solberg Tanaka Williams Zahra
`);

export const sources = list(`
  website referral event partner outbound newsletter marketplace phone walk-in social
`);

export const labels = list(`
  enterprise smb hot-lead follow-up vip export trial at-risk priority pilot reseller legal
`);

export const columnNames = list('Lead Qualified Proposal Negotiation Won Lost');
