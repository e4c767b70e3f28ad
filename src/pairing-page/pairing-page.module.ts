import { Module } from '@nestjs/common';
import { PageFiles } from './page-files.js';
import { PairingPageController } from './pairing-page.controller.js';

/** The page of the standalone service: `/` and `/assets/`. */
@Module({ controllers: [PairingPageController], providers: [PageFiles] })
export class PairingPageModule {}
